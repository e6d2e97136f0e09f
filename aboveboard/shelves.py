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
    """Return the text of every file on the shelf by its path there, the workspace's own before the shipped.

    Raises:
        WorkspaceError: One of them isn't text.
    """
    found: dict[str, str] = {}
    for shelf in reversed(shelves(name, workspace)):
        found.update({path.relative_to(shelf).as_posix(): _text(path) for path in _files(shelf)})
    return dict(sorted(found.items()))


def _files(shelf: Path) -> list[Path]:
    """Return the files on a shelf, without what editors and systems hide there."""
    inside = (path for path in shelf.rglob("*") if path.is_file())
    return sorted(
        path for path in inside if not any(part.startswith(".") for part in path.relative_to(shelf).parts)
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"{path}: can't be read as text ({error}). Mend it, or take it away.") from None


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
