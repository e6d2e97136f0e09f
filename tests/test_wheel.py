"""The wheel has everything in it: what is installed from it works without the checkout."""

import os
import subprocess
import sys
import zipfile

import pytest
from running_parts import HONEST, ROOT, a_workspace

pytestmark = pytest.mark.slow
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
SHELVES = ("prompts", "guardrails", "flows", "briefs")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("hatchling", reason="hatchling builds the wheel: install the dev extra")
    folder = tmp_path_factory.mktemp("dist")
    build = [
        *PIP,
        "wheel",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(folder),
    ]
    subprocess.run([*build, str(ROOT)], check=True)
    (made,) = folder.glob("aboveboard-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return what runs `python -m aboveboard` from the installed wheel, in a folder far from the checkout."""
    target, away = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("away")
    subprocess.run([*PIP, "install", "--quiet", "--no-index", "--no-deps", "--target", target, wheel], check=True)

    def run(*arguments, python=("-m", "aboveboard"), cwd=away, **told):
        env = os.environ | {"PYTHONPATH": str(target)}
        command = [sys.executable, "-P", *python, *arguments]
        return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, **told)

    return run, target, away


def shelf(name):
    wanted = (path for path in (ROOT / name).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in wanted}


def test_it_carries_prompts_rules_flows_briefs_and_pages(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    missing = {name for folder in SHELVES for name in shelf(folder) if f"aboveboard/_shipped/{name}" not in names}
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "aboveboard" / "pages").glob("*.*")}
    assert missing == set() and pages <= names
    assert not [name for name in names if name.startswith(("tests/", "bench/", "docs/")) or "__pycache__" in name]


def test_its_metadata_names_commands_models_and_licence(wheel):
    archive = zipfile.ZipFile(wheel)
    told = {name.split("/")[-1]: name for name in archive.namelist() if ".dist-info/" in name}
    entry_points = archive.read(told["entry_points.txt"]).decode()
    assert (
        "aboveboard = aboveboard.cli:app" in entry_points
        and "embedded = aboveboard.models.embedded" in entry_points
    )
    assert "License-Expression: Apache-2.0" in archive.read(told["METADATA"]).decode() and "LICENSE" in told


def test_what_is_shipped_is_found_where_it_is_installed(installed):
    run, target, _ = installed
    asked = "from aboveboard.shelves import shelves; print(*[shelves(name)[0] for name in %r], sep='\\n')"
    found = run(python=("-c", asked % (SHELVES,))).stdout.splitlines()
    assert found == [str(target.resolve() / "aboveboard" / "_shipped" / name) for name in SHELVES]


def test_it_makes_a_workspace_and_checks_copy_far_from_the_checkout(installed):
    run, _, away = installed
    assert run("init", "desk").returncode == 0
    assert {path.name for path in (away / "desk" / "briefs").iterdir()} == {
        p.name for p in ROOT.glob("briefs/*.yaml")
    }
    assert run("check", input="The workshop opens at ten on Saturday.").returncode == 0
    pressed = run("check", input="Ends tonight. Don't think, just grab it.")
    assert pressed.returncode == 1 and "false-urgency" in pressed.stdout


def test_it_produces_a_bundle_and_verifies_it(installed):
    run, _, away = installed
    folder = a_workspace(away / "kettles", HONEST)
    done = run("produce", "brief.json", cwd=folder)
    assert done.returncode == 0 and "3 cleared" in done.stdout, done.stderr
    assert run("verify", "outputs/kettle-week/latest", cwd=folder).returncode == 0
