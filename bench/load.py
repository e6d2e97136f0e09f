"""Many slots against the fake server: is the time the network's, or ours? Prints one JSON object."""

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil

from aboveboard.draft import Judged
from aboveboard.plan import EditorialPlan
from aboveboard.producing import Job, one_by_one, produce
from aboveboard.project import open_project

LATENCY = 0.4  # seconds a call
CONCURRENCY = 16
CHANNELS = ("bluesky", "linkedin", "mastodon", "facebook", "threads", "x", "instagram", "pinterest")


def load_brief(weeks: int, per_week: int = 5, channels: Sequence[str] = CHANNELS[:4]) -> dict[str, Any]:
    """Return a brief of so many slots a week on each of the channels, without pictures."""
    facts = [
        {"id": f"fact-{n}", "statement": f"{what}.", "source": "Catalogue, spring 2027"}
        for n, what in enumerate(_STATEMENTS)
    ]
    gap = min(6, 56 // per_week)  # hours; a window has eight, and there are seven a week
    cadence = {"per_week": per_week, "minimum_gap_hours": gap, "window": {"start": "09:00", "end": "17:00"}}
    first = date(2027, 3, 1)
    return {
        "campaign": "load",
        "title": "Field notes",
        "brand": {
            "name": "Harbour Press",
            "voice": {"tone": "plain", "summary": "Says what is there."},
            "palette": {"ink": "#14213d", "paper": "#f7f3ea", "accent": "#b3541e", "support": "#8fa9a3"},
        },
        "goal": "awareness",
        "audience": {"describe": "People who read about places.", "basis": "contextual"},
        "languages": ["en"],
        "facts": facts,
        "action": {"label": "the field notes", "link": "https://harbour.example/notes"},
        "schedule": {
            "starts": first.isoformat(),
            "ends": (first + timedelta(days=weeks * 7 - 1)).isoformat(),
            "timezone": "Europe/London",
            "channels": {name: cadence for name in channels},
        },
        "disclosure": {"responsible": "Editor, Harbour Press"},
    }


_STATEMENTS = (
    "The reading room opens onto the old quay",
    "Each notebook is sewn by hand in Hull",
    "The paper comes from a mill on the Tyne",
    "Our maps are drawn from walks, not from screens",
    "Every walk in the book starts at a railway station",
    "The index lists birds, bridges and bakeries",
    "The type is set in a face cut in 1768",
    "Readers sent us the names of forgotten lanes",
    "The binding lies flat on a table",
    "The endpapers show the river at low tide",
)


class StopWatch:
    """Remembers when the last draft was judged."""

    last = 0.0

    def planned(self, plan: EditorialPlan, jobs: Sequence[Job]) -> None: ...

    def painting(self, job: Job, done: int, of: int) -> None: ...

    def reached(self, step: str, job: Job, judged: Judged) -> None:
        self.last = time.perf_counter()


def run(folder: Path, told: dict[str, Any]) -> dict[str, Any]:
    """Produce a load brief in `folder` and return what it took; the server's address is in the environment."""
    (folder / "aboveboard.toml").write_text("", encoding="utf-8")
    brief = folder / "load.json"
    brief.write_text(json.dumps(told), encoding="utf-8")
    with open_project(folder, "bench") as project:
        ready = time.perf_counter()
        project.writer, project.policy, project.channels, project.store  # noqa: B018
        began = time.perf_counter()
        before, peak = _memory(), [0]
        stop = _watch_memory(peak)
        watch = StopWatch()
        done = produce(project, brief, one_by_one, watch)
        stop.set()
        whole = time.perf_counter() - began
    took = watch.last - began
    calls = len({use.call for one in done.recorded for use in one.judged.usage})
    ideal = calls * LATENCY / CONCURRENCY
    return {
        "slots": len(done.plan.slots),
        "calls": calls,
        "ideal_s": round(ideal, 2),
        "took_s": round(took, 2),
        "whole_s": round(whole, 2),
        "ratio": round(took / ideal, 3),
        "opening_models_s": round(began - ready, 2),
        "memory_before_mb": before,
        "memory_growth_mb": peak[0] - before,
        "states": {s: [one.state for one in done.recorded].count(s) for s in {one.state for one in done.recorded}},
    }


def _memory() -> int:
    return int(psutil.Process().memory_info().rss) // 1_000_000


def _watch_memory(peak: list[int]) -> threading.Event:
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.1):
            peak[0] = max(peak[0], _memory())

    threading.Thread(target=look, daemon=True).start()
    return stop


if __name__ == "__main__":
    os.environ.setdefault("OPENAI_API_KEY", "fake")
    os.environ |= {"OPENAI_BASE_URL": sys.argv[1], "ABOVEBOARD_TEXT_MODEL": "openai:fake"}
    os.environ["ABOVEBOARD_CONCURRENCY"] = str(CONCURRENCY)
    with tempfile.TemporaryDirectory() as where:
        print(json.dumps(run(Path(where), load_brief(int(sys.argv[2])))))
