"""A hundred drafts and ten thousand: what does one cost? `python -m bench scale [--database URL] [--drafts N]`.

The captions come from the fake server at once, so that what is timed is ours: prompts, guards, plan guards, store,
ledger, bundle. Each size runs in a process of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import load
from bench.killing import fake_server

Row = tuple[str, str, str]
WRITTEN = [name for name in load.CHANNELS if name not in ("instagram", "pinterest")]  # these want pictures
FEW = 100


def brief_of(drafts: int) -> dict[str, Any]:
    """Return a load brief of about so many slots: on six channels, a week or a year long."""
    weeks = 1 if drafts <= 200 else 52
    return load.load_brief(weeks, max(1, min(50, round(drafts / len(WRITTEN) / weeks))), WRITTEN)


def scale_rows(database: str = "", many: int = 10_000) -> list[Row]:
    """Produce a small plan and a large one, and compare."""
    with tempfile.TemporaryDirectory() as where, fake_server(Path(where) / "log", 0) as url:
        few, large = (_measured(url, drafts, database) for drafts in (FEW, many))
    one, each = (1000 * found["whole_s"] / found["slots"] for found in (few, large))
    peak = large["memory_before_mb"] + large["memory_growth_mb"]
    kind = database.partition(":")[0] or "sqlite"
    return [
        (f"a draft of {few['slots']}, whole run, {kind}", f"{one:.1f} ms", "none"),
        (f"a draft of {large['slots']:,}", f"{each:.1f} ms, {each / one:.2f} × that", "1.2 ×"),
        ("memory of the worker, at its most", f"{peak} MB", "600 MB"),
        ("states", json.dumps(large["states"]), "none"),
    ]


def _measured(url: str, drafts: int, database: str) -> dict[str, Any]:
    told = os.environ | ({"ABOVEBOARD_DATABASE_URL": database} if database else {})
    command = [sys.executable, "-m", "bench.scale", "--one", url, "--drafts", str(drafts)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=told)
    found: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return found


def run(arguments: list[str]) -> None:
    """Measure as the command line asks, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench scale", description=__doc__)
    parser.add_argument("--database", default="", help="another database than SQLite in the workspace")
    parser.add_argument("--drafts", type=int, default=10_000)
    parser.add_argument("--one", metavar="URL", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.one:
        os.environ.setdefault("OPENAI_API_KEY", "fake")
        os.environ |= {"OPENAI_BASE_URL": chosen.one, "ABOVEBOARD_TEXT_MODEL": "openai:fake"}
        with tempfile.TemporaryDirectory() as where:
            print(json.dumps(load.run(Path(where), brief_of(chosen.drafts))))
        return
    print("| what | measured here | bar |\n|---|---|---|")
    for row in scale_rows(chosen.database, chosen.drafts):
        print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    run(sys.argv[1:])
