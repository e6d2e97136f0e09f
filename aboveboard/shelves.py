"""Where prompts, rules and example briefs are found: the workspace first, then what ships with the package."""

from importlib.resources import files
from pathlib import Path
from typing import Literal

from aboveboard.errors import WorkspaceError

Shelf = Literal["prompts", "guardrails", "briefs", "flows"]


def shelves(name: Shelf, workspace: Path | None = None) -> tuple[Path, ...]:
    """Return the folders called `name` in order of precedence: a file in the first hides its twin in the next."""
    places = [workspace / name] if workspace else []
    places.append(shipped(name))
    existing = [place.resolve() for place in places if place.is_dir()]
    return tuple(dict.fromkeys(existing))


def texts(name: Shelf, workspace: Path | None = None) -> dict[str, str]:
    """Return the text of every file on the shelf by its path there, the workspace's own before the shipped."""
    found: dict[str, str] = {}
    for shelf in reversed(shelves(name, workspace)):
        files_in = sorted(path for path in shelf.rglob("*") if path.is_file())
        found.update({path.relative_to(shelf).as_posix(): path.read_text(encoding="utf-8") for path in files_in})
    return dict(sorted(found.items()))


def shipped(name: Shelf) -> Path:
    """Return the folder that ships with the package: inside an installed wheel, beside it in a checkout.

    Raises:
        WorkspaceError: The installation is incomplete.
    """
    package = Path(str(files("aboveboard")))
    for place in (package / "_shipped" / name, package.parent / name):
        if place.is_dir():
            return place
    raise WorkspaceError(f"The folder {name}/ is missing from this installation. Reinstall aboveboard.")
