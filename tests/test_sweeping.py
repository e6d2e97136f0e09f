from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from bundling import ASKED, BRIEF, finished, opened, workspace
from running_parts import ROOT
from test_rejudging import rule_now

from aboveboard import sweeping
from aboveboard.producing import one_by_one, produce
from aboveboard.project import Project, open_project
from aboveboard.running import Run, RunState
from aboveboard.sweeping import due, next_try
from aboveboard.watching import SilentWatch

CHANGED = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


def dropped(project: Project, text: str = "") -> Path:
    """Drop a brief into the workspace, as somebody would who isn't here."""
    path = project.root / "briefs" / "tap-week.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text or yaml.safe_dump(BRIEF | {"images": None}), encoding="utf-8")
    return path


def a_run(minutes: float, state: RunState = "failed") -> Run:
    ended = CHANGED + timedelta(minutes=minutes)
    return Run("r", "tap-week", "Anna", state, None, "", ended, None if state == "running" else ended)


def test_a_dropped_brief_is_due_until_its_plan_is_made(tmp_path: Path) -> None:
    with open_project(workspace(tmp_path / "work"), ASKED) as project:
        assert due(project) == []
        path = dropped(project)
        assert due(project) == [path]
        produce(project, path, one_by_one, SilentWatch())
        assert due(project) == []
        dropped(project, yaml.safe_dump(BRIEF | {"images": None, "title": "Another title"}))
        assert due(project) == [path]


def test_a_brief_that_cannot_be_read_is_told_of_once_and_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_project(workspace(tmp_path / "work"), ASKED) as project:
        path = dropped(project, "campaign: [")
        assert due(project) == [path]
        with pytest.raises(Exception, match=r"tap-week\.yaml"):
            produce(project, path, one_by_one, SilentWatch())
        assert due(project) == []
        monkeypatch.setattr(sweeping, "now", lambda: datetime.now(tz=UTC) + timedelta(minutes=2))  # noqa: TID251
        assert due(project) == [path]


@pytest.mark.parametrize(
    ("runs", "minutes"),
    [
        ([], 0),
        ([a_run(10, "done")], 0),
        ([a_run(10)], 11),
        ([a_run(20), a_run(10)], 22),
        ([a_run(30, "stopped"), a_run(20), a_run(10)], 34),
        ([a_run(10), a_run(5, "done"), a_run(1)], 11),
        ([a_run(-5)], 0),  # before the file was changed
        ([a_run(20), a_run(-5)], 21),
        ([a_run(60)] * 30, 60 + 24 * 60),
    ],
)
def test_what_fails_is_tried_at_growing_intervals_since_the_file_was_changed(
    runs: list[Run], minutes: int
) -> None:
    assert next_try(runs, CHANGED) == CHANGED + timedelta(minutes=minutes)


def test_what_runs_is_not_started_again() -> None:
    assert next_try([a_run(10, "running"), a_run(5)], CHANGED) is None


def test_a_plan_people_have_worked_on_is_not_due_for_a_change_of_policy(tmp_path: Path) -> None:
    root = finished(tmp_path / "work")
    with opened(tmp_path / "other"):
        pass
    (root / "briefs").mkdir(exist_ok=True)
    (root / "briefs" / "tap-week.yaml").write_text((root / "brief.json").read_text(encoding="utf-8"))
    rule_now(root, "on the way home")
    with open_project(root) as project:
        assert due(project) == []


def test_the_flow_by_itself_produces_what_is_due_and_is_quiet_then(tmp_path: Path) -> None:
    from aboveboard.starting import a_flow

    assert (ROOT / "flows" / "sweep.py").is_file()
    with open_project(workspace(tmp_path / "work"), ASKED) as project:
        dropped(project)
        sweep = a_flow("sweep")
        assert sweep.waited_for(project) == {}
        produce(project, due(project)[0], one_by_one, SilentWatch())
        assert sweep.waited_for(project) == {"tap-week": 2}
