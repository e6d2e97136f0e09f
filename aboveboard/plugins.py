"""Writers, chats and painters are found by entry point, ours through the same door as anyone's."""

from importlib.metadata import entry_points
from typing import Any, Literal

from aboveboard.errors import WorkspaceError

Door = Literal["writers", "chats", "painters"]


def known(door: Door) -> frozenset[str]:
    """Return the names behind one door."""
    return frozenset(entry_points(group=f"aboveboard.{door}").names)


def plugin(door: Door, name: str) -> Any:
    """Return what the entry point `name` in the group `aboveboard.<door>` names.

    A plugin that can't be imported is an error too: nothing is silently left out.

    Raises:
        WorkspaceError: There is none of that name, and which there are; or it can't be loaded, and why.
    """
    found = entry_points(group=f"aboveboard.{door}")
    if name not in found.names:
        known = ", ".join(sorted(found.names))
        raise WorkspaceError(f"there is no '{name}' among the {door}. There are: {known or 'none'}.")
    try:
        return found[name].load()
    except (ImportError, AttributeError) as error:
        where = found[name].value
        raise WorkspaceError(
            f"'{name}' among the {door} can't be loaded from {where} ({error}). Reinstall the package it is in."
        ) from error
