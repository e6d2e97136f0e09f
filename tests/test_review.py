from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from making import POLICY, a_draft, a_finding, a_judged, a_plan

from aboveboard.digests import digest
from aboveboard.draft import Draft, Judged
from aboveboard.errors import ReviewError, StoreError
from aboveboard.ledger import verify
from aboveboard.record import Recorded
from aboveboard.review import decide, edit, releasable, voided
from aboveboard.store import Store

PLAN = a_plan()
CLEARED, FLAGGED, BLOCKED = (a_judged(0), a_judged(1, "review"), a_judged(2, "block"))
ANOTHER_POLICY = digest("another policy")


@pytest.fixture
def desk(store: Store) -> Store:
    """Return a store with one cleared, one flagged and one blocked draft of a plan Anna asked for."""
    store.record(PLAN, [CLEARED, FLAGGED, BLOCKED], {}, "Anna")
    return store


def decided(desk: Store, judged: Judged, action: Any, actor: str = "Berta", **others: Any) -> Recorded:
    given = {"role": "editor", "policy": POLICY, "reason": "The date is on the poster."} | others
    return decide(desk, judged.draft.id[:12], action, actor=actor, **given)


def edited(desk: Store, judged: Judged, to: Judged, actor: str = "Carla", **others: Any) -> Recorded:
    return edit(desk, judged.draft.id, lambda _: to, actor=actor, role="author", **({"policy": POLICY} | others))


def reworded(judged: Judged, outcome: str = "pass", text: str = "Fill up for free.") -> Judged:
    return a_judged(judged.draft.slot.number, outcome, text=text)


def test_a_flagged_draft_is_cleared_by_a_second_person_with_a_reason(desk: Store) -> None:
    approved = decided(desk, FLAGGED, "approve")
    assert (approved.state, len(desk.cleared(PLAN.id)), desk.queue()) == ("cleared", 2, [])
    assert approved.decision == desk.decisions(approved.id)[0]
    assert approved.decision.reason == "The date is on the poster."


@pytest.mark.parametrize("actor", ["Anna", " anna ", "ＡＮＮＡ"])
def test_who_asked_for_the_campaign_cannot_approve(desk: Store, actor: str) -> None:
    with pytest.raises(ReviewError, match="asked for spring-refill .* second person"):
        decided(desk, FLAGGED, "approve", actor)
    assert len(desk.queue()) == 1


def test_who_asked_for_the_campaign_may_reject_edit_and_withdraw(desk: Store) -> None:
    assert decided(desk, FLAGGED, "reject", "Anna").state == "rejected"
    assert edited(desk, BLOCKED, reworded(BLOCKED), "Anna").state == "cleared"
    assert decided(desk, CLEARED, "withdraw", "Anna").state == "withdrawn"


def test_who_edited_the_text_cannot_approve_it_even_after_others_edited_too(desk: Store) -> None:
    first = edited(desk, FLAGGED, reworded(FLAGGED, "review", "Hurry, it is free."), "Carla")
    second = edited(desk, first.judged, reworded(FLAGGED, "review", "Hurry, fill up."), "Dora")
    for editor in ("Carla", "Dora"):
        with pytest.raises(ReviewError, match="edited the text"):
            decided(desk, second.judged, "approve", editor)
    assert decided(desk, second.judged, "approve", "Berta").state == "cleared"


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_overriding_a_rule_takes_a_reason(desk: Store, reason: str) -> None:
    with pytest.raises(ReviewError, match="overrides false-urgency without a reason"):
        decided(desk, FLAGGED, "approve", reason=reason)


def test_a_blocked_draft_cannot_be_approved(desk: Store) -> None:
    with pytest.raises(ReviewError, match=r"blocked draft can't be approved.*Edit it .* or reject it"):
        decided(desk, BLOCKED, "approve")
    assert decided(desk, BLOCKED, "reject").state == "rejected"


def test_a_decision_without_a_name_is_refused(desk: Store) -> None:
    with pytest.raises(ReviewError, match="needs a name"):
        decided(desk, FLAGGED, "reject", " ")


def test_every_reason_against_a_decision_is_given_at_once(desk: Store) -> None:
    with pytest.raises(ReviewError) as refused:
        decided(desk, BLOCKED, "approve", "Anna", reason="", policy=ANOTHER_POLICY, seen="0" * 64)
    assert len(refused.value.problems) == 5


def test_an_approval_binds_to_what_was_seen(desk: Store) -> None:
    with pytest.raises(ReviewError, match="What was seen isn't draft"):
        decided(desk, FLAGGED, "approve", seen=CLEARED.draft.id)


def test_an_approval_binds_to_the_policy_in_force(desk: Store) -> None:
    with pytest.raises(ReviewError, match="policy has changed"):
        decided(desk, FLAGGED, "approve", policy=ANOTHER_POLICY)


def test_a_change_of_policy_voids_what_was_cleared(desk: Store) -> None:
    approved = decided(desk, FLAGGED, "approve")
    assert [one.id for one in releasable(desk, PLAN.id, POLICY)[0]] == [CLEARED.draft.id, approved.id]
    ready, problems = releasable(desk, PLAN.id, ANOTHER_POLICY)
    assert (ready, len(problems)) == ([], 2)


def test_a_text_changed_behind_the_store_voids_its_approval(desk: Store) -> None:
    approved = decided(desk, FLAGGED, "approve")
    forged = approved.model_copy(update={"judged": reworded(FLAGGED)})
    assert voided(approved, POLICY) == []
    assert "isn't draft" in voided(forged, POLICY)[0]


def test_a_clearance_neither_guards_nor_person_gave_is_void(desk: Store) -> None:
    forged = desk.find(FLAGGED.draft.id).model_copy(update={"state": "cleared"})
    assert "No one approved" in voided(forged, POLICY)[0]


def test_an_approval_is_undone_by_withdrawing_it(desk: Store) -> None:
    decided(desk, FLAGGED, "approve")
    undone = decided(desk, FLAGGED, "withdraw", reason="")
    assert (undone.state, len(desk.queue())) == ("flagged", 1)
    assert [made.action for made in undone.decisions] == ["approve", "withdraw"]


def test_a_rejection_is_undone_by_withdrawing_it(desk: Store) -> None:
    for judged, state in ((FLAGGED, "flagged"), (BLOCKED, "blocked")):
        decided(desk, judged, "reject")
        assert decided(desk, judged, "withdraw").state == state


def test_a_clearance_may_be_withdrawn_whatever_has_changed_since(desk: Store) -> None:
    withdrawn = decided(desk, CLEARED, "withdraw", policy=ANOTHER_POLICY, seen="0" * 64)
    assert (withdrawn.state, desk.cleared(PLAN.id)) == ("withdrawn", [])
    assert decided(desk, CLEARED, "approve").state == "cleared"


def test_nothing_is_decided_twice(desk: Store) -> None:
    decided(desk, FLAGGED, "approve")
    with pytest.raises(ReviewError, match="is cleared. You may edit, move or withdraw it"):
        decided(desk, FLAGGED, "approve")


def test_an_edit_the_guards_pass_takes_the_old_drafts_place(desk: Store) -> None:
    new = edited(desk, BLOCKED, reworded(BLOCKED))
    wanted = reworded(BLOCKED).draft.succeeding(BLOCKED.draft, POLICY)
    assert (new.state, new.judged.draft) == ("cleared", wanted)
    assert desk.find(BLOCKED.draft.id).state == "superseded"
    assert [one.judged.draft.slot.number for one in desk.cleared(PLAN.id)] == [0, 2]
    assert new.decisions[0].replacement == new.id


@pytest.mark.parametrize(("outcome", "state"), [("review", "flagged"), ("block", "blocked")])
def test_an_edit_the_guards_stop_shows_what_they_found(desk: Store, outcome: str, state: str) -> None:
    new = edited(desk, FLAGGED, reworded(FLAGGED, outcome))
    assert (new.state, new.judged.inspection.findings[0].rule) == (state, "false-urgency")


def test_an_edit_is_made_of_the_draft_it_replaces(desk: Store) -> None:
    given: list[Draft] = []

    def rework(old: Draft) -> Judged:
        given.append(old)
        return reworded(FLAGGED)

    edit(desk, FLAGGED.draft.id, rework, actor="Carla", role="author", policy=POLICY)
    assert given == [FLAGGED.draft]


@pytest.mark.parametrize(
    ("to", "says"),
    [
        (FLAGGED, "Nothing was edited"),
        (a_judged(0), "stays in its slot"),
        (a_judged(1, variant="b"), "stays in its slot"),
        (a_judged(1, text="New.", policy=ANOTHER_POLICY), "policy in force"),
    ],
)
def test_an_edit_that_is_none_is_refused(desk: Store, to: Judged, says: str) -> None:
    with pytest.raises(ReviewError, match=says):
        edited(desk, FLAGGED, to)
    assert desk.find(FLAGGED.draft.id).state == "flagged"


def test_words_edited_there_and_back_are_no_draft_that_was_decided_on_before(desk: Store) -> None:
    decided(desk, FLAGGED, "approve")
    new = edited(desk, FLAGGED, reworded(FLAGGED, "review"))
    back = edited(desk, new.judged, FLAGGED)
    assert back.judged.draft.post == FLAGGED.draft.post
    assert back.id not in {FLAGGED.draft.id, new.id} and back.state == "flagged"


def test_an_approval_is_bound_to_what_the_draft_says_of_how_it_was_made() -> None:
    draft = FLAGGED.draft.succeeding(FLAGGED.draft, POLICY)
    assert draft.picture
    for other in ({"generated": True}, {"words": ()}):
        assert draft.model_copy(update={"picture": draft.picture.model_copy(update=other)}).id != draft.id


def test_an_edit_keeps_what_the_plan_guards_found_until_they_answer_again(store: Store) -> None:
    finding = a_finding("pressure-budget").model_copy(update={"asset": "plan"})
    store.record(PLAN, [CLEARED], {CLEARED.draft.id: (finding,)}, "Anna")
    kept = edited(store, CLEARED, reworded(CLEARED))
    assert (kept.state, kept.judged.verdict.rules) == ("flagged", ("pressure-budget",))
    again = reworded(CLEARED, text="Water is free.")
    answered = again.inspection.answered | {"pressure-budget"}
    again = again.model_copy(update={"inspection": again.inspection.model_copy(update={"answered": answered})})
    assert edited(store, kept.judged, again).state == "cleared"


def test_every_decision_is_in_the_ledger_and_names_no_one(desk: Store) -> None:
    decided(desk, FLAGGED, "approve")
    decided(desk, FLAGGED, "withdraw")
    edited(desk, FLAGGED, reworded(FLAGGED))
    run = desk.ledger(PLAN.id)
    told = [(entry.kind, (entry.body or {}).get("becomes")) for entry in run.entries[4:]]
    decisions = [
        ("decision.approve", "cleared"),
        ("decision.withdraw", "flagged"),
        ("decision.edit", "superseded"),
    ]
    assert told == [*decisions, ("draft.judged", None)]
    assert verify(run.entries, run.anchor) == []


def test_four_eyes_can_be_seen_in_the_ledger_alone(desk: Store) -> None:
    decided(desk, FLAGGED, "reject", "Anna")
    bodies = [entry.body or {} for entry in desk.ledger(PLAN.id).entries]
    assert bodies[0]["triggered_by"] == bodies[-1]["actor"]


def test_a_refused_decision_leaves_no_trace(desk: Store) -> None:
    before = desk.ledger(PLAN.id)
    with pytest.raises(ReviewError):
        decided(desk, FLAGGED, "approve", "Anna")
    assert (desk.ledger(PLAN.id), desk.decisions(FLAGGED.draft.id)) == (before, [])


def test_of_reviewers_who_decide_at_once_one_is_heard_and_the_others_are_told(desk: Store) -> None:
    def attempt(actor: str) -> str:
        try:
            return decided(desk, FLAGGED, "approve", actor).state
        except ReviewError as error:
            return "decided first" if "decided first" in str(error) else "is cleared"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, [f"reviewer {number}" for number in range(8)]))
    assert answers.count("cleared") == 1
    assert len(desk.decisions(FLAGGED.draft.id)) == 1


def test_a_decision_on_no_draft_is_an_error(desk: Store) -> None:
    with pytest.raises(StoreError, match="No draft"):
        decide(desk, a_draft(7).id, "reject", actor="Berta", role="editor", policy=POLICY)
