from datetime import UTC, datetime
from pathlib import Path

import pytest
from bundling import DECIDED, opened, workspace
from desking import a_desk, address
from making import a_brief, a_slot
from terminal import piped

from aboveboard.deciding import move_in
from aboveboard.errors import ReviewError
from aboveboard.moving import moved, read_time
from aboveboard.producing import release
from aboveboard.starting import produce_here
from aboveboard.verifying import verify
from aboveboard.watching import SilentWatch

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def test_a_time_without_an_offset_is_by_the_campaigns_clock() -> None:
    assert read_time("2027-03-09T10:30", a_brief()).isoformat() == "2027-03-09T10:30:00+01:00"
    assert read_time("2027-03-09T10:30+00:00", a_brief()).isoformat() == "2027-03-09T11:30:00+01:00"


def test_a_time_that_the_clock_skips_is_refused_with_the_next_there_is() -> None:
    with pytest.raises(ReviewError, match=r"02:30 doesn't exist on 2027-03-28.*03:30"):
        read_time("2027-03-28T02:30", a_brief())


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("2026-11-30T10:00", "is past"),
        ("2027-03-15T10:00", "outside of the campaign, which runs from 2027-03-01 to 2027-03-14"),
        ("2027-03-02T10:00", "at that time already"),
        ("tomorrow", "is no time"),
    ],
)
def test_a_post_goes_to_no_time_that_it_cannot_go_to(to: str, why: str) -> None:
    brief = a_brief()
    with pytest.raises(ReviewError, match=why):
        moved(a_slot(), read_time(to, brief), brief, NOW)


def test_a_moved_post_is_judged_anew_and_its_approval_stays_behind(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        plan = project.find_plan("tap-week")
        one = next(one for one in project.store.cleared(plan) if one.decision and one.decision.action == "approve")
        after = move_in(project, one.id, "2027-03-05T11:15", actor="Bo", role="reviewer")
        assert (after.state, after.judged.draft.slot.at.hour) == ("flagged", 11)
        assert after.id != one.id and after.judged.draft.slot.id == one.judged.draft.slot.id
        assert project.store.find(one.id).state == "superseded"
        assert [made.action for made in after.decisions] == ["approve", "move"]


def test_two_posts_of_a_channel_at_once_are_found_by_the_plans_guards(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        plan = project.find_plan("tap-week")
        cleared = project.store.cleared(plan)
        first = cleared[0]
        quiet = move_in(project, first.id, "2027-03-05T23:45", actor="Bo", role="reviewer")
        assert quiet.state == "flagged" and "quiet-hours" in " ".join(quiet.judged.verdict.rules)


def test_the_bundle_of_a_moved_post_holds_and_tells_its_new_time(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        plan = project.find_plan("tap-week")
        one = next(one for one in project.store.cleared(plan) if one.judged.verdict.outcome == "pass")
        after = move_in(project, one.id, "2027-03-06T11:15", actor="Bo", role="reviewer")
        assert after.state == "cleared"
        bundle = release(project, plan).bundle
    assert [check for check in verify(bundle) if check.problems] == []
    assert "20270306T101500Z" in (bundle / "plan.ics").read_text(encoding="utf-8")


def test_a_post_is_moved_from_the_terminal(tmp_path: Path) -> None:
    root = workspace(tmp_path / "work", images=None)
    done = produce_here(root, root / "brief.json", "", SilentWatch())
    one = next(one for one in done.recorded if one.state == "cleared")
    told = piped("review", "move", one.id, "--to", "2027-03-05T10:00", "--as", DECIDED, "-w", str(root))
    assert told.returncode == 0, told.stderr
    refused = piped("review", "move", one.id, "--to", "2027-03-05T10:00", "--as", DECIDED, "-w", str(root))
    assert refused.returncode == 2 and "superseded" in refused.stderr.decode()


def test_the_calendar_moves_what_is_dragged(tmp_path: Path) -> None:
    with a_desk(tmp_path / "work", images=None) as (project, browsers):
        one = next(one for one in project.store.judged(project.find_plan("tap-week")) if one.state == "cleared")
        told = {"to": "2027-03-06T11:00", "origin": "calendar"}
        dropped = browsers["author"].post(f"{address(one)}/move", data=told)
        assert (dropped.status_code, dropped.headers["hx-refresh"]) == (204, "true")
        day = browsers["author"].get("/calendar?view=day&day=2027-03-06").text
        assert "<b>11:00</b>" in day
        assert browsers["auditor"].post(f"{address(one)}/move", data=told).status_code == 403
