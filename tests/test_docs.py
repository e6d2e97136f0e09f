"""What the documents say is so: their commands run, their links lead somewhere, and nothing is left out."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from running_parts import ROOT

from aboveboard.cli import app
from aboveboard.rulebook import load_policy
from aboveboard.settings import Settings
from aboveboard.workspace import make_workspace

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"(<!-- not run:[^>]*-->\s*)?^```(?:console|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)?(#[^)\s]+)?\)")


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = load(ROOT / "docs" / "generate.py")


def text(page):
    return page.read_text(encoding="utf-8")


def commands(page):
    """Return the commands of a page that a reader could run here: lines that begin with "$ "."""
    blocks = [block for skipped, block in FENCE.findall(text(page)) if not skipped]
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def named(page):
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """Return where a reader of the documents might be: in a new workspace, with `aboveboard` on the path."""
    folder, tools = tmp_path_factory.mktemp("reader"), tmp_path_factory.mktemp("bin")
    make_workspace(folder)
    script = tools / "aboveboard"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aboveboard "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return folder, os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("page", "command"),
    [(page, command) for page in PAGES for command in commands(page)],
    ids=lambda value: named(value) if isinstance(value, Path) else value,
)
def test_a_command_that_is_shown_runs(reader, page, command):
    folder, environment = reader
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_not_run_says_why():
    reasons = [skipped for page in PAGES for skipped, _ in FENCE.findall(text(page)) if skipped]
    assert all(re.search(r"not run: \w+ \w+", reason) for reason in reasons)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_between_documents_leads_somewhere(page):
    for path, anchor in LINK.findall(re.sub(r"```.*?```", "", text(page), flags=re.DOTALL)):
        if re.match(r"[a-z]+:", path):
            continue
        target = page.parent / path if path else page
        assert target.exists(), path
        if anchor and target.suffix == ".md":
            headings = {
                re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-")
                for h in re.findall(r"^#+ (.*)$", text(target), re.MULTILINE)
            }
            assert anchor[1:] in headings or f'id="{anchor[1:]}"' in text(target), anchor


@pytest.mark.parametrize("name", GENERATE.PAGES)
def test_a_generated_page_says_what_its_source_says(name):
    assert text(ROOT / "docs" / name) == GENERATE.PAGES[name](), "run: python docs/generate.py"


def test_every_rule_and_every_law_it_cites_has_its_place():
    policy, page = load_policy(), text(ROOT / "docs" / "policy.md")
    assert [rule.id for rule in policy.rules if f"\n### {rule.id}\n" not in page] == []
    assert [law for rule in policy.rules for law in rule.law if f'id="{law}"' not in page] == []


def test_every_setting_stands_with_its_default():
    page = text(ROOT / "docs" / "settings.md")
    shown = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", page, re.MULTILINE))
    for name, field in Settings.model_fields.items():
        if field.alias:
            assert f"| `{field.alias}` |" in page
        else:
            default = {None: "none", "": "empty"}.get(field.default, f"`{field.default}`")
            assert (name, shown.pop(name)) == (name, default)
    others = {field.alias for field in Settings.model_fields.values() if field.alias}
    assert set(shown) == others | {"PREFECT_API_URL", "SOURCE_DATE_EPOCH"}


def test_every_command_is_told_and_the_readme_knows_it():
    told, readme = text(ROOT / "docs" / "commands.md"), text(ROOT / "README.md")
    for path, command in GENERATE.commands(typer.main.get_command(app)):
        assert f"\n## {path}\n" in told and command.help
        assert f"`{path.split()[-1]}" in readme


def test_every_room_stands_in_the_walk_through_the_house():
    page = text(ROOT / "docs" / "architecture.md")
    rooms = {path.stem for path in (ROOT / "aboveboard").glob("*.py")} | {
        path.stem
        for folder in ("models", "guards", "imaging")
        for path in (ROOT / "aboveboard" / folder).glob("*.py")
    }
    missing = [room for room in sorted(rooms) if not room.startswith("__") and f"`{room}" not in page]
    assert missing == [], "give it a place in docs/architecture.md"


def test_a_decision_fits_a_screen_and_says_context_decision_and_consequences():
    for page in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        assert re.match(r"\d{4}-[a-z0-9-]+\.md", page.name) and len(text(page).splitlines()) <= 40
        assert re.findall(r"^## (\w+)", text(page), re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_nothing_is_left_open_in_a_document():
    open_ends = re.compile(r"\b(TODO|FIXME|XXX|TBD|TIMES|MEASURED)\b")
    assert [(named(page), found[0]) for page in PAGES if (found := open_ends.search(text(page)))] == []
