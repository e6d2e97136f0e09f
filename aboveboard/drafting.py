"""A campaign brief as people write it on the desk, by a form or as YAML, and what is wrong with it so far."""

import re
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from aboveboard.admission import admit
from aboveboard.brief import Brief
from aboveboard.digests import digest
from aboveboard.errors import AboveboardError, BriefError
from aboveboard.keeping import keep
from aboveboard.plan import EditorialPlan
from aboveboard.project import Project
from aboveboard.reading import read_brief
from aboveboard.scheduling import schedule_slots

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")
LONGEST = 200_000  # characters of a brief
PALETTE = {"ink": "#1c2326", "paper": "#f7f3ea", "accent": "#0a5c6b", "support": "#c9dfd6"}


class Opened(NamedTuple):
    """A brief's file as it stands: its text, and the digest by which a later save knows whether it still does."""

    name: str
    text: str
    digest: str


class Looked(NamedTuple):
    """What is wrong with a brief, or the plan it would make."""

    problems: tuple[str, ...] = ()
    brief: Brief | None = None
    plan: EditorialPlan | None = None


def names(project: Project) -> list[str]:
    """Return what the briefs of a workspace are called."""
    folder = project.root / "briefs"
    found = (path for path in folder.glob("*.yaml") if path.is_file() and not path.is_symlink())
    return sorted(path.stem for path in found if NAME.fullmatch(path.stem))


def place_of(project: Project, name: str) -> Path:
    """Return where a brief's file is or would be. Raises BriefError for a name that could be elsewhere."""
    path = project.root / "briefs" / f"{name}.yaml"
    if not NAME.fullmatch(name) or path.is_symlink():
        raise BriefError(f"'{name[:60]}' can't name a brief. Use small letters, digits and hyphens.")
    return path


def open_brief(project: Project, name: str) -> Opened:
    """Return a brief's text. Raises BriefError where there is none."""
    path = place_of(project, name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise BriefError(f"There is no brief '{name}' here, or it can't be read as text.") from None
    return Opened(name, text, digest(text))


def look_at(project: Project, name: str, text: str) -> Looked:
    """Read a brief that somebody is writing, let it in or not, and plan it; nothing is kept, no model is asked."""
    if len(text) > LONGEST:
        return Looked((f"{len(text):,} characters: a brief has at most {LONGEST:,}.",))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.yaml"
        path.write_text(text, encoding="utf-8", errors="replace")
        try:
            brief = admit(read_brief(path, project.root), project.policy)
            return Looked((), brief, schedule_slots(brief, project.channels, project.identity(brief)))
        except AboveboardError as error:
            return Looked(tuple(problem.replace(f"{folder}/", "") for problem in error.problems))


def save_brief(project: Project, name: str, text: str, opened: str) -> Opened:
    """Keep a brief. `opened`: digest of the text it was opened with, empty for a new one.

    Raises BriefError where it has mistakes, or where somebody else changed the file since.
    """
    path = place_of(project, name)
    looked = look_at(project, name, text)
    if looked.problems:
        raise BriefError(looked.problems)
    stands = digest(path.read_text(encoding="utf-8")) if path.exists() else ""
    if stands != opened:
        raise BriefError(
            f"{name}.yaml was changed since you opened it"
            if opened
            else f"There is a brief '{name}' already. Open that one, or give yours another name."
        )
    keep(path, text.encode())
    return Opened(name, text, digest(text))


def from_form(told: Mapping[str, str], facts: Sequence[Mapping[str, str]], channels: Mapping[str, str]) -> str:
    """Return the YAML of a brief that was filled in on a form; what was left empty is left out."""
    language = told.get("language", "en") or "en"
    brief: dict[str, Any] = {
        "campaign": slug(told.get("title", "")),
        "title": told.get("title", ""),
        "brand": {
            "name": told.get("brand", ""),
            "voice": {"summary": told.get("voice", "")},
            "palette": {role: told.get(role) or colour for role, colour in PALETTE.items()},
        },
        "goal": told.get("goal", "awareness"),
        "audience": {"describe": told.get("audience", ""), "basis": "contextual"},
        "languages": [language],
        "facts": [_fact(number, fact) for number, fact in enumerate(facts, 1) if fact.get("statement")],
        "action": {"label": told.get("label", ""), "link": told.get("link", "")},
        "schedule": {
            "starts": told.get("starts", ""),
            "ends": told.get("ends", ""),
            "timezone": told.get("timezone", "Europe/London"),
            "channels": {name: {"per_week": int(many)} for name, many in channels.items() if many.isdecimal()},
        },
        **({"images": {"wishes": told.get("wishes") or "Calm and plain."}} if told.get("pictures") else {}),
        "disclosure": {"responsible": told.get("responsible", "")},
    }
    return yaml.safe_dump(brief, sort_keys=False, allow_unicode=True, width=100)


def slug(title: str) -> str:
    """Return a title as the name of a campaign and its file."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "campaign"


def _fact(number: int, fact: Mapping[str, str]) -> dict[str, Any]:
    told = {"id": slug(" ".join(fact["statement"].split()[:3])) + f"-{number}"}
    return told | {name: value for name, value in fact.items() if value}
