"""How many captions a minute `aboveboard check --jsonl` judges from a file, by processes on all cores."""

import json
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from aboveboard.bulk import cores
from bench.copies import HONEST, lines_of

CAPTIONS = 12_000
CORPUS = Path(__file__).parents[1] / "corpus" / "train.jsonl"


def bulk_rows() -> list[tuple[str, str, str]]:
    """Return captions a minute, from the start of the command to its last answer."""
    told = (
        lines_of(CORPUS) if CORPUS.exists() else [one for path in HONEST.glob("*.jsonl") for one in lines_of(path)]
    )
    with tempfile.TemporaryDirectory() as where:
        sheet = Path(where) / "captions.jsonl"
        sheet.write_text("".join(_line(one, n) for n, one in enumerate(islice(cycle(told), CAPTIONS))), "utf-8")
        began = time.perf_counter()
        command = [sys.executable, "-m", "aboveboard", "check", "--jsonl", str(sheet)]
        said = subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout
        took = time.perf_counter() - began
    assert said.count(b"\n") == CAPTIONS, "not every caption was answered"
    pace = f"{CAPTIONS / took * 60:,.0f} a minute"
    return [(f"aboveboard check --jsonl, {CAPTIONS:,} captions, {cores()} cores", pace, "20,000 a minute")]


def _line(one: dict[str, Any], number: int) -> str:
    """Return a caption as a line; one that comes again is another text, so that nothing is remembered."""
    given = {name: one[name] for name in ("channel", "facts", "sponsored", "at", "timezone") if name in one}
    known = given | {"lang": one.get("language", one.get("lang", "en")), "text": f"{one['text']} ({number})"}
    return json.dumps(known) + "\n"
