"""A small workspace that has produced: one post approved, one edited, one blocked, one waiting, some cleared."""

import json
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from aboveboard.deciding import decide, queue, reword
from aboveboard.manifest import Contents
from aboveboard.producing import Produced
from aboveboard.project import Project, open_project
from aboveboard.shelves import shipped
from aboveboard.starting import produce_here, release_here
from aboveboard.watching import SilentWatch

ASKED, DECIDED = "Wilhelmine Zwiesel", "Oskarine Prüfstein"  # their names may never leave the house

BRIEF: dict[str, Any] = {
    "campaign": "tap-week",
    "title": "Tap <b>week</b>",
    "brand": {
        "name": "Quell & Co",
        "voice": {"summary": "A neighbour who knows where the tap is."},
        "palette": {"ink": "#101010", "paper": "#ffffff", "accent": "#0a5c6b", "support": "#dfe8e6"},
    },
    "goal": "awareness",
    "audience": {"describe": "People who carry a bottle", "basis": "contextual"},
    "languages": ["en"],
    "facts": [
        {"id": "stations", "statement": "There are 214 stations.", "source": "Public map", "value": 214},
        {
            "id": "steel",
            "statement": "The bottle is 90% recycled steel.",
            "source": "Mill certificate",
            "value": "90%",
        },
    ],
    "action": {"label": "the refill map", "link": "https://quell.example/map"},
    "hashtags": ["TapWeek"],
    "schedule": {
        "starts": "2027-03-01",
        "ends": "2027-03-07",
        "timezone": "Europe/Berlin",
        "channels": {"mastodon": {"per_week": 3}, "bluesky": {"per_week": 2}, "instagram": {"per_week": 1}},
    },
    "images": {"channels": ["instagram", "mastodon"]},
    "disclosure": {"responsible": "Head of communication"},
}
CAPTIONS = (
    "There are 214 stations.",
    "Hurry! Your bottle is waiting for you at the counter.",
    "The bottle is 100% recycled steel.",
    "Quick, before it is too late: a walk along the river, then a sip of water.",
    "Fill up on the way to work, or on the way home.\nBoth count.",
    "Last chance! Come and see us by the fountain.",
)


def workspace(root: Path, **brief: Any) -> Path:
    """Make a workspace whose scripted writer says CAPTIONS in order; nothing is produced yet."""
    root.mkdir(parents=True, exist_ok=True)
    settings = f'text_model = "scripted:script.jsonl"\nactor = "{ASKED}"\n'
    (root / "aboveboard.toml").write_text(settings, encoding="utf-8")
    rules_alone(root)
    (root / "brief.json").write_text(json.dumps(BRIEF | brief), encoding="utf-8")
    facts = (["stations"], [], ["steel"], [], [], [])
    says = [
        {"says": [{"text": text, "headline": "Tap week", "facts": used}]}
        for text, used in zip(CAPTIONS, facts, strict=True)
    ]
    (root / "script.jsonl").write_text("".join(json.dumps(line) + "\n" for line in says), encoding="utf-8")
    return root


def rules_alone(root: Path) -> Path:
    """Have `root` be a workspace without the classifier: what is looked at must not hang on its scores."""
    (root / "aboveboard.toml").touch()
    told = yaml.safe_load((shipped("guardrails") / "policy.yaml").read_text(encoding="utf-8"))
    told["classifier"]["value"] = False
    (root / "guardrails").mkdir(exist_ok=True)
    (root / "guardrails" / "policy.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    return root


def produced(root: Path, **brief: Any) -> Produced:
    """Produce in a new workspace at `root`."""
    return produce_here(workspace(root, **brief), root / "brief.json", "", SilentWatch())


@cache
def _finished() -> Path:
    root = Path(tempfile.mkdtemp(prefix="workspace-", dir=os.environ["HOME"]))
    produced(root)
    waiting = queue(root, "tap-week")
    decide(root, waiting[0].id, "approve", "The counter is open at that time.", DECIDED, "editor")
    reword(root, waiting[1].id, "Come and see us by the fountain.", "Calmer.", DECIDED, "editor")
    release_here(root, "tap-week")
    return root


def finished(root: Path) -> Path:
    """Return a workspace of the test's own, produced, reviewed and released; the work is done once a process."""
    shutil.copytree(_finished(), root, symlinks=True)
    return root


def bundle(root: Path) -> Path:
    """Return the newest bundle of a finished workspace at `root`."""
    return (finished(root) / "outputs/tap-week/latest").resolve()


def contents(project: Project) -> Contents:
    """Return what the finished workspace's bundle is made from."""
    plan = project.store.plan(project.find_plan("tap-week"))
    return project.contents(plan, tuple(project.store.judged(plan.id)))


def opened(root: Path) -> Project:
    """Return a finished workspace of the test's own, opened."""
    return open_project(finished(root))
