"""Real parts that the tests of whole runs share: a workspace with a small brief, and scripts for its writer."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from writing_parts import a_brief

from aboveboard.producing import Produced, one_by_one, produce
from aboveboard.project import open_project
from aboveboard.watching import SilentWatch

ROOT = Path(__file__).parent.parent
WEEK = {
    "starts": "2027-05-03",
    "ends": "2027-05-09",
    "timezone": "Europe/Berlin",
    "channels": {"mastodon": {"per_week": 3}},
}
TRUE = (
    "Each kettle is made from one sheet of copper.",
    "We repair every kettle we ever sold.",
    "The workshop is open on Saturday 8 May.",
)


def cue(*texts: str, **meant_for: str) -> dict[str, Any]:
    """Return one line of a script: what to say first, and then after each critique."""
    return {**meant_for, "says": [{"text": text, "headline": "Copper", "facts": ["copper"]} for text in texts]}


HONEST = tuple(cue(text) for text in TRUE)


def a_workspace(folder: Path, script: tuple[dict[str, Any], ...] = HONEST, toml: str = "", **brief: Any) -> Path:
    """Make a workspace with `brief.json`; its writer says what the script tells it to."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = a_brief(**{"title": "Kettle Week", "languages": ["en"], "schedule": WEEK, **brief})
    settings = toml or 'text_model = "scripted:script.jsonl"\n'
    (folder / "aboveboard.toml").write_text(settings, encoding="utf-8")
    (folder / "brief.json").write_text(asked.model_dump_json(exclude_none=True), encoding="utf-8")
    (folder / "script.jsonl").write_text("\n".join(map(json.dumps, script)), encoding="utf-8")
    return folder


def run(folder: Path, watch: Any = None) -> Produced:
    """Produce in this process, as `aboveboard produce brief.json` does."""
    with open_project(folder, "Anna") as project:
        return produce(project, folder / "brief.json", one_by_one, watch or SilentWatch())


def states(done: Produced) -> list[str]:
    return [one.state for one in done.recorded]


def command(*arguments: str, cwd: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run `aboveboard` with these arguments as a user would, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "aboveboard", *arguments],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
