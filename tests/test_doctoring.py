from pathlib import Path

import pytest
from bundling import workspace

from aboveboard.doctoring import examine


def states(root: Path) -> dict[str, str]:
    return {one.name: one.state for one in examine(root)}


def test_a_workspace_in_order_is_good_all_through(tmp_path: Path) -> None:
    found = states(workspace(tmp_path))
    assert {name for name, state in found.items() if state == "good"} >= {
        "Python",
        "workspace",
        "policy",
        "channels",
        "text model",
        "pictures",
        "database",
        "outputs",
    }
    assert "missing" not in found.values()


def test_outside_a_workspace_only_the_workspace_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = states(Path("."))
    assert [name for name, state in found.items() if state == "missing"] == ["workspace"]
    assert "database" not in found and list(tmp_path.iterdir()) == []


BROKEN = {
    "text model": {"ABOVEBOARD_TEXT_MODEL": "openai"},
    "pictures": {"ABOVEBOARD_IMAGE_MODEL": "nobody:x"},
    "database": {"ABOVEBOARD_DATABASE_URL": "sqlite:////dev/null/all.db"},
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_set_wrong_is_missing_and_says_how_to_mend_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable, value in BROKEN[name].items():
        monkeypatch.setenv(variable, value)
    [found] = [one for one in examine(workspace(tmp_path)) if one.name == name]
    assert found.state == "missing" and "ABOVEBOARD_" in found.mend


def test_a_rule_that_is_wrong_is_missing(tmp_path: Path) -> None:
    rule = workspace(tmp_path) / "guardrails/rules/fairness/mine.yaml"
    rule.parent.mkdir(parents=True)
    rule.write_text("id: mine\n", encoding="utf-8")
    assert states(tmp_path)["policy"] == "missing"


def test_the_key_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    assert "sk-very-secret" not in str(examine(workspace(tmp_path)))
