"""Models, painters and guards are found by entry point, ours through the same door as anyone's."""

from importlib.metadata import entry_points
from typing import Any, Literal

from aboveboard.errors import WorkspaceError

Door = Literal["writers", "painters", "guards"]


def plugin(door: Door, name: str) -> Any:
    """Return what the entry point `name` in the group `aboveboard.<door>` names.

    A plugin that can't be imported raises as it is: a guard that silently isn't there would be an open door.

    Raises:
        WorkspaceError: There is none of that name; says which there are.
    """
    found = entry_points(group=f"aboveboard.{door}")
    if name not in found.names:
        known = ", ".join(sorted(found.names))
        raise WorkspaceError(f"there is no '{name}' among the {door}. There are: {known}.")
    return found[name].load()
