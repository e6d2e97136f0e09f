"""Make a new workspace: the folder a content team works in."""

import shutil
from pathlib import Path

from aboveboard.errors import WorkspaceError
from aboveboard.shelves import shipped

SETTINGS = """\
# Aboveboard's settings. Each may also be set in the environment as ABOVEBOARD_<NAME>, which wins.
# Keys and passwords never stand here: they come from the environment alone (OPENAI_API_KEY).

# text_model = "openai:gpt-5-mini"      # any OpenAI-compatible endpoint; OPENAI_BASE_URL says where
# image_model = "embedded:backdrop"     # or "diffusers:<folder>", "openai:<model>"; "card:plain" is type on colour
# database_url = "postgresql://user@host/aboveboard"
# concurrency = 16                      # model calls in flight at once
# price_input = 0.0                     # money per million tokens: your provider's price list
# price_output = 0.0
# actor = "content-desk"                # who triggers and decides
"""
IGNORE = ".aboveboard/\noutputs/\n"


def own_rules(folder: Path) -> Path | None:
    """Return `folder` where it is a workspace, whose own rules then hold; None here, where it is just a folder.

    Checking copy in somebody's repository must not take a `guardrails/` it finds there for ours.

    Raises:
        WorkspaceError: Another folder was named, and it isn't a workspace.
    """
    if (folder / "aboveboard.toml").is_file():
        return folder
    if folder == Path("."):
        return None
    raise WorkspaceError(
        f"{folder}: not a workspace (no aboveboard.toml in it). Make one: aboveboard init {folder}"
    )


def make_workspace(folder: Path) -> list[Path]:
    """Make a workspace in `folder` and return what was made; nothing that exists is touched.

    Raises:
        WorkspaceError: The folder can't be written.
    """
    made = []
    try:
        for name, text in (("aboveboard.toml", SETTINGS), (".gitignore", IGNORE)):
            if not (folder / name).exists():
                folder.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(text, encoding="utf-8")
                made.append(folder / name)
        (folder / "outputs").mkdir(exist_ok=True)
        for brief in sorted(shipped("briefs").glob("*.yaml")):
            place = folder / "briefs" / brief.name
            if not place.exists():
                place.parent.mkdir(exist_ok=True)
                shutil.copyfile(brief, place)
                made.append(place)
    except OSError as error:
        raise WorkspaceError(f"{folder}: can't be written ({error.strerror}). Choose another folder.") from None
    return made
