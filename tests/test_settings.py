import os
from pathlib import Path

import pytest

from aboveboard.errors import WorkspaceError
from aboveboard.settings import read_settings


def settings(tmp_path: Path, text: str) -> None:
    (tmp_path / "aboveboard.toml").write_text(text, encoding="utf-8")


def test_the_environment_comes_before_the_file_and_the_file_before_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(tmp_path, 'text_model = "openai:file"\nconcurrency = 3\n')
    monkeypatch.setenv("ABOVEBOARD_TEXT_MODEL", "openai:environment")
    chosen = read_settings(tmp_path)
    assert (chosen.text_model, chosen.concurrency, chosen.max_retries) == ("openai:environment", 3, 4)


def test_the_environment_may_use_small_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(tmp_path, "concurrency = 3\n")
    monkeypatch.setitem(os.environ, "aboveboard_concurrency", "5")
    assert read_settings(tmp_path).concurrency == 5


WRONG = [
    ('text_modle = "x"', "there is no setting 'text_modle'. Did you mean 'text_model'?"),
    ("nonsense = 1", "there is no setting 'nonsense'. Remove it."),
    ("concurrency = 0", "concurrency: Input should be greater than or equal to 1."),
    ('openai_api_key = "sk-x"', "'openai_api_key' is a secret and may not stand in a file."),
    ('OPENAI_API_KEY = "sk-x"', "Set OPENAI_API_KEY in the environment."),
    ('hub_token = "x"', "'hub_token' is a secret"),
    ('database_url = "postgresql://me:hunter2@host/db"', "database_url holds a password."),
    ("text_model = ", "this is not valid TOML"),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_what_is_wrong_in_the_file_is_said_with_what_to_do(tmp_path: Path, text: str, says: str) -> None:
    settings(tmp_path, text + "\n")
    with pytest.raises(WorkspaceError) as told:
        read_settings(tmp_path)
    assert says in str(told.value) and "aboveboard.toml" in str(told.value)
    assert "hunter2" not in str(told.value) and "sk-x" not in str(told.value)


def test_a_key_never_shows_in_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    assert "sk-very-secret" not in repr(read_settings(tmp_path))


def test_a_database_without_a_password_may_stand_in_the_file(tmp_path: Path) -> None:
    settings(tmp_path, 'database_url = "postgresql://me@host/db"\n')
    assert read_settings(tmp_path).database_url == "postgresql://me@host/db"
