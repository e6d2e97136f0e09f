"""What a person may decide about a draft, and deciding it: four eyes, a reason, and what they saw."""

from collections.abc import Callable, Sequence
from typing import Literal

from aboveboard.clock import now
from aboveboard.draft import Draft, Judged, State
from aboveboard.errors import ReviewError
from aboveboard.finding import Finding
from aboveboard.record import STATES, Action, Decision, Recorded, person, with_findings
from aboveboard.store import Store

Change = Literal["edit", "move"]  # what puts another draft in the place of one: other words, another time
ALLOWED: dict[Action, tuple[State, ...]] = {
    "approve": ("flagged", "withdrawn"),
    "edit": ("flagged", "blocked", "cleared", "withdrawn", "rejected"),
    "move": ("flagged", "blocked", "cleared", "withdrawn", "rejected"),
    "recall": (),  # this and the next the machine does by itself, by recalling.py; nobody decides it
    "rejudge": (),
    "reject": ("flagged", "blocked", "withdrawn"),
    "withdraw": ("cleared", "rejected"),
}


def refusals(one: Recorded, decision: Decision, goes_by: frozenset[str] = frozenset()) -> list[str]:
    """Return why this decision may not be taken on this draft; nothing where it may. Pure.

    `goes_by`: what else the one who decides is called, as in a terminal.

    Approving takes the policy the draft was judged by, a reason, and a second person: neither who asked for the
    campaign nor who edited the text.
    """
    problems = []
    if not person(decision.actor):
        problems.append("A decision needs a name, and this one has none. Set `actor` in the settings.")
    if one.state not in ALLOWED[decision.action]:
        problems.append(_wrong_state(one, decision.action))
    if decision.action != "withdraw":  # what must not be posted can be stopped, from however old a page
        problems += _changed(one, decision.seen)
    if decision.action == "approve":
        problems += [
            *_other_policy(one, decision.policy),
            *_four_eyes(one, decision.actor, goes_by),
            *_unreasoned(one, decision),
        ]
    return problems


def decide(
    store: Store,
    draft: str,
    action: Action,
    *,
    actor: str,
    role: str,
    policy: str,
    reason: str = "",
    seen: str | None = None,
    goes_by: frozenset[str] = frozenset(),
) -> Recorded:
    """Approve, reject or withdraw the draft whose id starts with `draft`; return it as it is then.

    `policy`: digest of the policy in force. `seen`: digest of the draft the person looked at, None where they
    named it by its id. `goes_by`: what else they are called. Withdrawing takes back an approval, a rejection, or
    a clearance the machine gave.
    Raises ReviewError with every reason why not, StoreError where there is no such draft.
    """
    one = store.find(draft)
    decision = wanted(one, action, actor, role, policy, reason=reason, seen=seen)
    _demand(refusals(one, decision, goes_by))
    store.decide(decision, one.state, _next_state(one, action))
    return store.find(one.name)


def edit(
    store: Store,
    draft: str,
    rework: Callable[[Draft], Judged],
    *,
    actor: str,
    role: str,
    policy: str,
    reason: str = "",
    seen: str | None = None,
    action: Change = "edit",
) -> Recorded:
    """Put a person's wording, or another time, in the place of a draft; return the new draft as it was judged.

    `rework` makes the new draft of the old one and has the guards judge it. What plan guards found in the old one
    stays on the new one, unless their rules are among those that answered. Raises as `decide` does.
    """
    one = store.find(draft)
    decision = wanted(one, action, actor, role, policy, reason=reason, seen=seen)
    _demand(refusals(one, decision))
    made = carry_over(one.judged, rework(one.judged.draft))
    draft_made = made.draft.succeeding(one.judged.draft, made.draft.provenance.policy)
    successor = made.model_copy(update={"draft": draft_made})
    _demand(_unfit(one, successor.draft, policy, action))
    decision = decision.model_copy(update={"replacement": successor.draft.id})
    store.decide(decision, one.state, "superseded", successor)
    return store.find(f"{one.plan_id}:{successor.draft.id}")


def carry_over(old: Judged, new: Judged) -> Judged:
    """Return `new` with what was found in `old` and nobody asked again. Pure.

    That is what plan guards found, save for rules that answered again; and what was found in the making of a
    picture that is still the same.
    """
    there = set(new.inspection.findings)
    kept = [
        finding.model_copy(update={"start": 0, "end": 0, "quote": ""})  # its words may be gone
        if finding.asset == "plan"
        else finding
        for finding in old.inspection.findings
        if finding not in there and _unasked(finding, old, new)
    ]
    return with_findings(new, kept)


def _unasked(finding: Finding, old: Judged, new: Judged) -> bool:
    if finding.asset == "plan":
        return finding.rule not in new.inspection.answered
    if finding.asset == "image_prompt" or finding.layer == "imaging":
        before, after = old.draft.picture, new.draft.picture
        return after is None or (before is not None and before.digest == after.digest)
    return False


def voided(one: Recorded, policy: str) -> list[str]:
    """Return why a cleared draft may not be posted under the policy in force; nothing if it may. Pure."""
    made = one.decision if one.decision and one.decision.action == "approve" else None
    if made is None and one.judged.verdict.outcome != "pass":
        return [
            f"No one approved draft {_short(one)}, which meets {_rules(one)}. Verify the ledger and review it."
        ]
    return [*_changed(one, made.seen if made else one.id), *_other_policy(one, policy)]


def releasable(store: Store, plan_id: str, policy: str) -> tuple[list[Recorded], list[str]]:
    """Return the drafts of a plan that may be posted, and why others that were cleared no longer may."""
    cleared = store.cleared(plan_id)
    problems = [problem for one in cleared for problem in voided(one, policy)]
    return [one for one in cleared if not voided(one, policy)], problems


def _demand(problems: Sequence[str]) -> None:
    if problems:
        raise ReviewError(problems)


def wanted(
    one: Recorded, action: Action, actor: str, role: str, policy: str, *, reason: str = "", seen: str | None = None
) -> Decision:
    """Return the decision somebody would take, for `refusals` to say whether they may."""
    return Decision(
        plan_id=one.plan_id,
        draft=one.id,
        action=action,
        actor=actor.strip(),
        role=role.strip(),
        reason=reason.strip(),
        seen=seen or one.id,
        policy=policy,
        at=now(),
    )


def _next_state(one: Recorded, action: Action) -> State:
    """Return where a decision leads; withdrawing leads back to what the machine said, or out of the plan."""
    if action == "approve":
        return "cleared"
    if action == "reject":
        return "rejected"
    judged = STATES[one.judged.verdict.outcome]
    return "withdrawn" if judged == "cleared" else judged


def _wrong_state(one: Recorded, action: Action) -> str:
    if action == "approve" and one.state == "blocked":
        return (
            f"A blocked draft can't be approved, and {_short(one)} meets {_rules(one)}. "
            "Edit it until the guards let it pass, or reject it."
        )
    may = [other for other, states in ALLOWED.items() if one.state in states]
    advice = f"You may {listed(may)} it." if may else "Look for the draft that took its place."
    return f"To {action} isn't possible: draft {_short(one)} is {one.state}. {advice}"


def listed(words: Sequence[str]) -> str:
    """Return words as a choice: a, b or c."""
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _changed(one: Recorded, seen: str) -> list[str]:
    if seen == one.id == one.judged.draft.id:
        return []
    return [
        f"What was seen isn't draft {_short(one)}: that was {seen[:12]}, this reads {one.judged.draft.id[:12]}. "
        "Look at it again before you decide."
    ]


def _other_policy(one: Recorded, policy: str) -> list[str]:
    judged_by = one.judged.draft.provenance.policy
    if judged_by == policy:
        return []
    return [
        f"The policy has changed since draft {_short(one)} was judged: from {judged_by[:12]} to {policy[:12]}. "
        "Produce the campaign again to have it judged anew."
    ]


def _four_eyes(one: Recorded, actor: str, goes_by: frozenset[str]) -> list[str]:
    second = "Have a second person look at it."
    problems = []
    called = {person(name) for name in (actor, *goes_by)}
    if person(one.triggered_by) in called:
        problems.append(f"{actor} asked for {one.campaign} and so can't approve draft {_short(one)}. {second}")
    if called & {person(made.actor) for made in one.decisions if made.action == "edit"}:
        problems.append(f"{actor} edited the text and so can't approve draft {_short(one)}. {second}")
    return problems


def _unreasoned(one: Recorded, decision: Decision) -> list[str]:
    if decision.reason.strip():
        return []
    return [f"Approving draft {_short(one)} overrides {_rules(one)} without a reason. Say why it may be posted."]


def _unfit(one: Recorded, new: Draft, policy: str, action: Change) -> list[str]:
    """Return why `new` can't take the place of the draft it was edited from."""
    old = one.judged.draft
    if action == "move":
        if new.model_copy(update={"slot": old.slot, "provenance": old.provenance, "form": old.form}) != old:
            return [
                f"A move changes the time of draft {_short(one)} and nothing else. Edit its words by themselves."
            ]
    elif (new.slot, new.variant) != (old.slot, old.variant):
        return [f"An edit stays in its slot: draft {_short(one)} is for {old.slot.id}. Change its words alone."]
    if new.provenance.policy != policy:
        return [f"The edit of draft {_short(one)} wasn't judged by the policy in force. Load the policy again."]
    if (new.shown, new.labels) == (old.shown, old.labels):
        return [f"Nothing was edited: draft {_short(one)} reads as before. Change its words, or decide on it."]
    return []


def _short(one: Recorded) -> str:
    return one.id[:12]


def _rules(one: Recorded) -> str:
    return ", ".join(one.judged.verdict.rules) or "its withdrawal"
