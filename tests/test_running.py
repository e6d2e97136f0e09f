import json
import subprocess
import sys
from pathlib import Path

import pytest
from running_parts import HONEST, ROOT, a_workspace, command, run
from terminal import piped

from aboveboard import running
from aboveboard.errors import BriefError, ReviewError, StoreError
from aboveboard.project import open_project
from aboveboard.running import find_run, latest_runs, recorded, start_run, unmended
from aboveboard.store import Store


def test_every_run_is_listed_with_what_came_of_it(tmp_path: Path) -> None:
    root = a_workspace(tmp_path)
    done = run(root)
    with open_project(root) as project:
        (one,) = latest_runs(project.store.engine)
        assert (one.state, one.plan_id, one.actor) == ("done", done.plan.id, "Anna")
        assert one.brief == str(root / "brief.json") and one.finished_at


def test_a_run_that_failed_is_kept_with_its_reason_and_run_again_by_one_command(tmp_path: Path) -> None:
    root = a_workspace(tmp_path)
    whole = (root / "brief.json").read_text(encoding="utf-8")
    (root / "brief.json").write_text("{", encoding="utf-8")
    with pytest.raises(BriefError):
        run(root)
    listed = piped("runs", "--failed", "--json", "-w", str(root))
    (failed,) = json.loads(listed.stdout)
    assert listed.returncode == 1 and failed["state"] == "failed" and "brief.json" in failed["told"]
    again = piped("retry", "-w", str(root))
    assert again.returncode == 1 and b"brief.json" in again.stdout
    (root / "brief.json").write_text(whole, encoding="utf-8")
    mended = piped("retry", failed["id"][:6], "-w", str(root))
    assert mended.returncode == 0 and b"3 cleared" in mended.stdout, mended.stderr
    assert piped("runs", "--failed", "-w", str(root)).returncode == 0
    assert piped("retry", "-w", str(root)).stdout == b""


def test_a_run_whose_process_was_killed_counts_as_stopped(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies = (
        "import os, sys; from aboveboard.database import connect; from aboveboard.running import *\n"
        "engine = connect(sys.argv[1])\n"
        "with recorded(engine, start_run(engine, 'tap-week', 'Anna')): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", dies, database_url], cwd=ROOT, check=False).returncode == 9
    (run,) = latest_runs(store.engine)
    assert run.state == "running" and unmended(store.engine) == []
    monkeypatch.setattr(running.time, "time", lambda: 4e9)
    (stray,) = unmended(store.engine)
    assert (stray.id, stray.state) == (run.id, "stopped") and "kept" in stray.told


def test_a_run_that_lives_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "SAID", 0.05)
    monkeypatch.setattr(running, "ALIVE", 0.5)
    one = start_run(store.engine, "tap-week", "Anna")
    with recorded(store.engine, one) as plan:
        running.time.sleep(1.0)
        assert unmended(store.engine) == []
        with pytest.raises(ReviewError, match="right now"):
            start_run(store.engine, "tap-week", "Bo")
        assert start_run(store.engine, "tap-week", "Bo", alone=False)
        plan.append("p1")
    assert find_run(store.engine, one.id[:8]).plan_id == "p1"


@pytest.mark.parametrize(
    ("breaks", "state", "told"),
    [(KeyboardInterrupt(), "stopped", "kept"), (ValueError("odd"), "failed", "ValueError: odd")],
)
def test_what_breaks_a_run_is_written_down_and_raised(
    store: Store, breaks: BaseException, state: str, told: str
) -> None:
    one = start_run(store.engine, "tap-week", "Anna")
    with pytest.raises(type(breaks)), recorded(store.engine, one):
        raise breaks
    after = find_run(store.engine, one.id)
    assert after.state == state and told in after.told


def test_a_run_that_isnt_there_is_said_so(store: Store) -> None:
    with pytest.raises(StoreError, match="no such run"):
        find_run(store.engine, "abc")


def test_a_brief_that_was_mended_by_another_run_is_no_longer_to_be_tried(tmp_path: Path) -> None:
    root = a_workspace(tmp_path, HONEST)
    whole = (root / "brief.json").read_text(encoding="utf-8")
    (root / "brief.json").write_text("{", encoding="utf-8")
    assert command("produce", "brief.json", cwd=root).returncode == 2
    (root / "brief.json").write_text(whole, encoding="utf-8")
    assert command("produce", "brief.json", cwd=root).returncode == 0
    assert piped("runs", "--failed", "-w", str(root)).returncode == 0
