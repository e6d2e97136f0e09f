"""Captions written as JSON lines, a line each, as the guards read them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aboveboard.brief import bare_fact
from aboveboard.finding import Copy

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)  # a Tuesday: when captions are read that name no moment
HONEST = Path(__file__).parents[1] / "tests" / "honest"


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return what the lines of a JSON Lines file hold."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def honest() -> list[Copy]:
    """Return the captions of `tests/honest/`, each with its facts."""
    return [as_copy(told) for path in sorted(HONEST.glob("*.jsonl")) for told in lines_of(path)]


def as_copy(told: dict[str, Any]) -> Copy:
    """Return a caption written as one JSON line as the guards read it, at noon on Tuesday 1 December 2026."""
    language = told.get("lang", "en")
    return Copy(
        text=told["text"],
        language=language,
        default_language=language,
        channel=told.get("channel"),
        at=NOON,
        facts=tuple(bare_fact(fact, n) for n, fact in enumerate(told.get("facts", ()), 1)),
        sponsored=told.get("sponsored", False),
    )
