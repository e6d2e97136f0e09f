import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aboveboard.errors import WorkspaceError
from aboveboard.plugins import plugin

DOORS = """\
[aboveboard.writers]
kind = stranger_writer:open_writer
broken = stranger_writer:nothing
gone = nowhere:x
"""


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of someone else's that brings two writers, one of them broken."""
    about = tmp_path / "stranger-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(DOORS, encoding="utf-8")
    (tmp_path / "stranger_writer.py").write_text("def open_writer(*_): return 'a writer'\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield tmp_path
    sys.modules.pop("stranger_writer", None)


def test_our_own_writers_come_through_the_same_door_as_anyones(stranger: Path) -> None:
    assert plugin("writers", "scripted").__module__ == "aboveboard.models.scripted"
    assert plugin("writers", "kind")() == "a writer"


@pytest.mark.parametrize("name", ["broken", "gone"])
def test_a_writer_that_cannot_be_loaded_says_from_where_and_why(stranger: Path, name: str) -> None:
    with pytest.raises(WorkspaceError, match=f"'{name}' among the writers can't be loaded from .+ Reinstall"):
        plugin("writers", name)


def test_an_unknown_writer_gets_the_list_of_those_there_are() -> None:
    with pytest.raises(WorkspaceError, match="there is no 'gpt' among the writers. There are: embedded, openai"):
        plugin("writers", "gpt")
