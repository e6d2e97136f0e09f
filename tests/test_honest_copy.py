"""How often the policy stops decent copy. `tests/honest/` is a development set of our own: cues were sharpened on
it, so the rate here is a floor that must not rise, not an estimate for copy nobody has seen."""

import json
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from aboveboard.brief import bare_fact
from aboveboard.finding import Copy, Finding, Severity
from aboveboard.guarding import run_rules
from aboveboard.policy import Policy
from aboveboard.rulebook import load_policy

HONEST = Path(__file__).parent / "honest"
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
CEILING = 0.02
# Ids of captions that are stopped all the same, with the reason why we live with it.
ACCEPTED = {
    "en-066": "unsupported-claim doesn't see the words before the number: rounding down looks like a wrong count",
    "en-068": "unsupported-claim takes the verb for the thing counted",
}


@cache
def policy() -> Policy:
    return load_policy()


def captions() -> list[dict[str, Any]]:
    lines = [line for path in sorted(HONEST.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def honest_copy(caption: dict[str, Any]) -> Copy:
    """Return the caption as the guards read it."""
    return Copy(
        text=caption["text"],
        language=caption["lang"],
        default_language=caption["lang"],
        channel=caption["channel"],
        at=NOON,
        facts=tuple(bare_fact(fact, number + 1) for number, fact in enumerate(caption["facts"])),
        sponsored=caption.get("sponsored", False),
    )


def stops(caption: dict[str, Any]) -> list[Finding]:
    """Return the findings of the rules that would keep the caption from being cleared."""
    found = run_rules(policy(), honest_copy(caption)).findings
    return [finding for finding in found if finding.severity is not Severity.NOTE]


def test_decent_copy_is_stopped_no_more_often_than_the_ceiling() -> None:
    stopped = {caption["id"]: found for caption in captions() if (found := stops(caption))}
    rate = len(stopped) / len(captions())
    told = [f"{key}: {one.rule} on {one.quote!r}" for key, found in stopped.items() for one in found]
    print(f"\n{len(stopped)} of {len(captions())} honest captions stopped ({rate:.1%}, ceiling {CEILING:.0%})")
    print("\n".join(told))
    assert rate <= CEILING, told
    assert set(stopped) <= set(ACCEPTED), told


def test_the_set_is_large_and_speaks_three_languages() -> None:
    spoken = Counter(caption["lang"] for caption in captions())
    assert spoken["en"] >= 120 and spoken["de"] >= 40 and spoken["es"] >= 40
    ids = [caption["id"] for caption in captions()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("caption_id", ["en-002", "en-013", "de-003", "es-002"])
def test_the_same_caption_without_its_fact_is_stopped(caption_id: str) -> None:
    caption = next(one for one in captions() if one["id"] == caption_id)
    assert not stops(caption)
    assert stops({**caption, "facts": []})
