from pathlib import Path

import pytest
from bundling import ASKED, DECIDED, finished

from aboveboard.deciding import decide, look, queue, reword
from aboveboard.errors import ReviewError, StoreError
from aboveboard.project import open_project

REASON = "True at the counter."


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return finished(tmp_path / "workspace")


@pytest.fixture
def flagged(root: Path) -> str:
    """Take back the one approval, so that its draft waits again."""
    with open_project(root) as project:
        drafts = project.store.judged(project.find_plan("tap-week"))
    approved = next(one for one in drafts if one.decision and one.decision.action == "approve")
    decide(root, approved.id, "withdraw", "", DECIDED, "editor")
    return approved.id


def test_the_queue_holds_what_waits_of_one_campaign_or_of_all(root: Path, flagged: str) -> None:
    assert [one.id for one in queue(root, None)] == [one.id for one in queue(root, "tap-week")] == [flagged]
    assert queue(root, "another") == []


def test_a_draft_is_found_by_the_first_letters_of_its_id(root: Path, flagged: str) -> None:
    recorded, policy = look(root, flagged[:8])
    assert recorded.id == flagged and policy.rule("false-urgency")
    with pytest.raises(StoreError):
        look(root, "ffffffffffff")


def test_a_decision_gives_the_draft_before_and_after(root: Path, flagged: str) -> None:
    before, after = decide(root, flagged, "approve", REASON, DECIDED, "editor")
    assert (before.state, after.state) == ("flagged", "cleared")


@pytest.mark.parametrize(
    ("actor", "reason"), [(ASKED, REASON), (ASKED.upper(), REASON), ("", REASON), (DECIDED, " ")]
)
def test_approving_takes_a_second_person_and_a_reason(root: Path, flagged: str, actor: str, reason: str) -> None:
    with pytest.raises(ReviewError):
        decide(root, flagged, "approve", reason, actor, "editor")


def test_a_rewording_is_judged_at_once_by_the_policy_in_force(root: Path, flagged: str) -> None:
    calm, policy = reword(root, flagged, "Fill up on the way.", "", DECIDED, "editor")
    assert calm.state == "cleared" and calm.judged.draft.provenance.policy == policy.digest
    pressing, _ = reword(root, calm.id, "Hurry! Fill up on the way.", "", DECIDED, "editor")
    assert pressing.state == "flagged" and pressing.judged.verdict.rules == ("false-urgency",)


def test_who_edited_it_can_not_approve_it(root: Path, flagged: str) -> None:
    edited, _ = reword(root, flagged, "Hurry! Fill up on the way.", "", DECIDED, "editor")
    with pytest.raises(ReviewError, match="edited the text"):
        decide(root, edited.id, "approve", REASON, DECIDED, "editor")


def test_everything_wrong_with_new_words_is_said_at_once(root: Path, flagged: str) -> None:
    with pytest.raises(ReviewError) as told:
        reword(root, flagged, "a\u200b" * 501, "", DECIDED, "editor")
    assert len(told.value.problems) == 2


def test_an_edit_can_answer_what_the_plan_guards_found(root: Path) -> None:
    """Words borrowed from an earlier post are held back as repetition; words of its own let the draft go."""
    with open_project(root) as project:
        *_, earlier, last = project.store.cleared(project.find_plan("tap-week"))
    copied, _ = reword(root, last.id, earlier.judged.draft.post, "", DECIDED, "editor")
    assert copied.judged.verdict.rules == ("repetition",)
    own, _ = reword(root, copied.id, "Bring an empty bottle and leave with a full one.", "", DECIDED, "editor")
    assert own.state == "cleared"
