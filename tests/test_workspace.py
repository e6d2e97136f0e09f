import re
from pathlib import Path

import pytest

from aboveboard.errors import WorkspaceError
from aboveboard.reading import read_brief
from aboveboard.settings import Settings, read_settings
from aboveboard.shelves import shelves, shipped, texts
from aboveboard.workspace import make_workspace, own_rules


def test_a_new_workspace_has_settings_briefs_and_a_place_for_bundles(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "new")
    assert {path.name for path in made} == {"aboveboard.toml", ".gitignore", *BRIEFS}
    assert (tmp_path / "new/outputs").is_dir()
    assert read_settings(tmp_path / "new") == Settings()


BRIEFS = ("reading-week.yaml", "security-tool.yaml", "spring-refill.yaml")


@pytest.mark.parametrize("name", BRIEFS)
def test_every_brief_it_brings_can_be_read(tmp_path: Path, name: str) -> None:
    make_workspace(tmp_path)
    assert read_brief(tmp_path / "briefs" / name).facts


def test_every_setting_the_file_suggests_is_one(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    path = tmp_path / "aboveboard.toml"
    suggested = re.findall(r"^# (\w+) = ", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(suggested) > 5 and set(suggested) <= Settings.model_fields.keys()


def test_what_exists_is_never_touched(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    (tmp_path / "aboveboard.toml").write_text("concurrency = 2\n", encoding="utf-8")
    assert make_workspace(tmp_path) == []
    assert read_settings(tmp_path).concurrency == 2


def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="can't be written"):
        make_workspace(tmp_path / "file")


def test_only_a_workspace_brings_rules_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert own_rules(Path(".")) is None
    with pytest.raises(WorkspaceError, match="not a workspace"):
        own_rules(tmp_path)
    make_workspace(tmp_path)
    assert own_rules(tmp_path) == tmp_path


def test_the_workspaces_own_file_hides_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/caption.j2").write_text("mine", encoding="utf-8")
    assert shelves("prompts", tmp_path) == (tmp_path / "prompts", shipped("prompts").resolve())
    assert texts("prompts", tmp_path)["caption.j2"] == "mine"
    assert texts("prompts", tmp_path).keys() == texts("prompts").keys()


def test_what_an_editor_hides_on_a_shelf_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "prompts/.swap").mkdir(parents=True)
    (tmp_path / "prompts/.caption.j2.swp").write_bytes(b"\xff")
    (tmp_path / "prompts/.swap/x").write_bytes(b"\xff")
    assert texts("prompts", tmp_path) == texts("prompts")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/photo.j2").write_bytes(b"\xff\xd8")
    with pytest.raises(WorkspaceError, match=r"photo\.j2: can't be read as text"):
        texts("prompts", tmp_path)
