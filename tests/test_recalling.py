import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from bundling import BRIEF, opened
from desking import a_desk, address
from terminal import piped

from aboveboard.deciding import decide, move_in
from aboveboard.errors import BriefError, ReviewError
from aboveboard.producing import release
from aboveboard.project import Project
from aboveboard.recalling import recall
from aboveboard.record import Recorded
from aboveboard.verifying import verify


def brief_now(project: Project, **other: Any) -> None:
    """Put the brief into the workspace as its file reads now."""
    (project.root / "briefs").mkdir(exist_ok=True)
    told = yaml.safe_dump(BRIEF | other, allow_unicode=True)
    (project.root / "briefs" / "tap-week.yaml").write_text(told, encoding="utf-8")


def resting_on(project: Project, fact: str) -> Recorded:
    cleared = project.store.cleared(project.find_plan("tap-week"))
    return next(one for one in cleared if any(s.fact == fact for s in one.judged.inspection.supports))


def test_where_nothing_has_changed_nothing_goes_back(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        brief_now(project)
        head = project.store.ledger().anchor.head
        assert recall(project) == [] and project.store.ledger().anchor.head == head


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        ({"statement": "There are 180 stations.", "value": 180}, "reads otherwise now: There are 180 stations."),
        ({"expires": "2027-03-04"}, "has run out by then"),
        (None, "is no longer in the brief"),
    ],
    ids=["changed", "runs out", "gone"],
)
def test_a_post_whose_fact_is_otherwise_now_goes_back_with_the_reason(
    tmp_path: Path, fact: dict[str, Any] | None, why: str
) -> None:
    with opened(tmp_path / "work") as project:
        first = resting_on(project, "stations")
        one = move_in(project, first.id, "2027-03-06T11:00", actor="Bo", role="author")
        steel = BRIEF["facts"][1]
        brief_now(project, facts=[steel] if fact is None else [BRIEF["facts"][0] | fact, steel])
        would = recall(project, dry_run=True)
        assert [back.one.id for back in would] == [one.id] and project.store.find(one.id).state == "cleared"
        assert [back.one.id for back in recall(project)] == [one.id]
        after = project.store.find(one.id)
        assert after.state == "flagged" and after.decision and why in after.decision.reason
        assert (after.decision.actor, after.decision.role) == ("aboveboard", "machine")
        assert recall(project) == []  # twice is once


def test_a_rule_that_is_stricter_now_calls_back_what_it_would_hold(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        rule = project.policy.rule("false-urgency")
        assert rule
        wider = rule.model_copy(update={"cues": {"en": (*rule.cues["en"], "on the way home")}})
        rules = tuple(wider if one.id == rule.id else one for one in project.policy.rules)
        project.__dict__["policy"] = project.policy.model_copy(update={"rules": rules})
        project.__dict__.pop("policy_digest", None)
        back = recall(project)
        found = [reason for one in back for reason in one.reasons if "on the way home" in reason]
        assert len(found) == 1 and all("The policy has changed" in one.reasons[-1] for one in back)


def test_what_a_person_let_stand_isnt_called_back_for_the_same_words(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        approved = [one for one in project.store.cleared(project.find_plan("tap-week")) if one.decisions]
        assert approved and recall(project) == []


def test_a_recalled_post_leaves_the_bundle_and_comes_back_by_a_persons_approval(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        one = resting_on(project, "stations")
        brief_now(project, facts=[BRIEF["facts"][1]])
        recall(project)
        without = release(project, one.plan_id).bundle
        assert [check for check in verify(without) if check.problems] == []
        assert one.judged.draft.slot.id not in {place.name for place in (without / "assets").iterdir()}
        decide(project.root, one.id, "approve", "Counted again today: it is true.", "Bo", "reviewer")
        again = release(project, one.plan_id).bundle
        assert [check for check in verify(again) if check.problems] == []


def test_nobody_but_the_machine_recalls(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        one = resting_on(project, "stations")
        with pytest.raises(ReviewError, match="To recall isn't possible"):
            decide(project.root, one.id, "recall", "because", "Bo", "reviewer")


def test_the_terminal_is_quiet_where_all_stands_and_tells_what_would_go_back(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        root = str(project.root)
        assert piped("recall", "-w", root).stdout == b""
        brief_now(project, facts=[BRIEF["facts"][1]])
        told = json.loads(piped("recall", "--dry-run", "--json", "-w", root).stdout)
        assert "no longer in the brief" in told[0]["reasons"][0]


def test_the_desk_shows_why_a_post_came_back(tmp_path: Path) -> None:
    with a_desk(tmp_path / "work", images=None) as (project, browsers):
        one = resting_on(project, "stations")
        brief_now(project, facts=[BRIEF["facts"][1]])
        recall(project)
        page = browsers["reviewer"].get(address(one)).text
        assert "Recalled." in page and "no longer in the brief" in page
        assert "recalled" in browsers["reviewer"].get("/calendar?day=2027-03-01").text


def test_a_brief_that_cannot_be_read_is_told_and_keeps_nothing_else_from_its_turn(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        brief_now(project, facts=[BRIEF["facts"][1]])
        (project.root / "briefs" / "other.yaml").write_text("campaign: [", encoding="utf-8")
        one = resting_on(project, "stations")
        with pytest.raises(BriefError, match=r"other.yaml(.|\n)*1 posts went back"):
            recall(project)
        assert project.store.find(one.id).state == "flagged"
