"""What the store keeps and hands back: Decision, Recorded, PlanRecord, Totals, and what follows from them."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from aboveboard.digests import digest
from aboveboard.draft import Judged, State, Usage
from aboveboard.finding import Finding, Inspection, Outcome, Verdict, judge

Action = Literal["approve", "edit", "move", "recall", "reject", "rejudge", "withdraw"]

MACHINE = "aboveboard"  # who acts where no person does
BY_ITSELF: frozenset[Action] = frozenset({"recall", "rejudge"})  # what no person decides
STATES: dict[Outcome, State] = {"pass": "cleared", "review": "flagged", "block": "blocked"}


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Decision(Frozen):
    """What a person decided about one draft, bound to the draft they saw and the policy in force."""

    plan_id: str
    draft: str  # id of the draft decided on
    action: Action
    actor: str
    role: str
    reason: str = ""
    seen: str  # digest of what they saw
    policy: str  # digest of the policy in force
    at: AwareDatetime
    replacement: str | None = None  # id of the draft an edit put in its place


class Recorded(Frozen):
    """A judged draft in the store: its state, and every decision on it and on what it was edited from."""

    id: str  # the draft's, as it was when recorded
    plan_id: str
    campaign: str
    triggered_by: str
    judged: Judged
    state: State
    decisions: tuple[Decision, ...] = ()

    @property
    def name(self) -> str:
        """What a store finds it by, whatever other plans hold the very same draft."""
        return f"{self.plan_id}:{self.id}"

    @property
    def decision(self) -> Decision | None:
        """The newest decision on this very draft."""
        return next((made for made in reversed(self.decisions) if made.draft == self.id), None)


class PlanRecord(Frozen):
    """When, by whom and under which policy a plan was recorded."""

    id: str
    campaign: str
    policy: str  # digest
    triggered_by: str
    created_at: AwareDatetime


class Totals(Frozen):
    """What a plan's model calls came to, each counted once however many drafts it served."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    money: float | None = None  # None where no call had a price
    milliseconds: int = 0  # of model time, not of waiting: calls run at once


def total(usage: Iterable[Usage]) -> Totals:
    """Return what these model calls came to together."""
    calls = {used.call: used for used in usage}.values()
    priced = [used.money for used in calls if used.money is not None]
    return Totals(
        calls=len(calls),
        input_tokens=sum(used.input_tokens for used in calls),
        output_tokens=sum(used.output_tokens for used in calls),
        money=sum(priced) if priced else None,
        milliseconds=sum(used.milliseconds for used in calls),
    )


def accounted(judged: Judged, spent: Sequence[Usage]) -> Judged:
    """Return `judged` with what a critic cost beside what its writer did: each call once, however often asked."""
    known = {use.call for use in judged.usage}
    fresh = {use.call: use for use in reversed(spent) if use.call not in known}
    return judged.model_copy(update={"usage": (*judged.usage, *reversed(fresh.values()))})


def with_findings(judged: Judged, more: Sequence[Finding]) -> Judged:
    """Return `judged` with plan findings added to it, and the verdict they call for: never a softer one."""
    if not more:
        return judged
    inspection = judged.inspection.model_copy(update={"findings": (*judged.inspection.findings, *more)})
    added = judge(Inspection(findings=tuple(more)), required=frozenset())
    outcomes: tuple[Outcome, ...] = ("pass", "review", "block")
    outcome = max(judged.verdict.outcome, added.outcome, key=outcomes.index)
    rules = tuple(sorted({*judged.verdict.rules, *added.rules}))
    return judged.model_copy(update={"inspection": inspection, "verdict": Verdict(outcome=outcome, rules=rules)})


def history(draft_id: str, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """Return, of one plan's decisions, those on this draft and on the drafts it was edited from."""
    parents = {made.replacement: made.draft for made in decisions if made.replacement}
    line = {draft_id}
    while draft_id in parents:
        draft_id = parents[draft_id]
        line.add(draft_id)
    return tuple(made for made in decisions if made.draft in line)


def by_itself(
    one: Recorded, action: Action, reason: str, policy: str, at: datetime, replacement: str | None = None
) -> Decision:
    """Return what the machine decides about a draft by itself, under this policy (its digest)."""
    return Decision(
        plan_id=one.plan_id,
        draft=one.id,
        action=action,
        actor=MACHINE,
        role="machine",
        reason=reason,
        seen=one.id,
        policy=policy,
        at=at,
        replacement=replacement,
    )


def by_a_person(decision: Decision) -> bool:
    """Whether a person decided this, rather than the machine by itself."""
    return decision.action not in BY_ITSELF


def person(actor: str) -> str:
    """Return the name by which two spellings of one actor are the same person."""
    return " ".join(unicodedata.normalize("NFKC", actor).casefold().split())


def pseudonym(actor: str, plan_id: str) -> str:
    """Return what stands for a person in the ledger: the same within a plan, telling nothing across plans."""
    return digest([plan_id, person(actor)])[:16]


def judgement(judged: Judged) -> dict[str, Any]:
    """Return what the ledger says of a judged draft: nothing that differs between two runs on one input."""
    draft = judged.draft
    return {
        "draft": draft.id,
        "slot": draft.slot.id,
        "variant": draft.variant,
        "picture": draft.picture.digest if draft.picture else None,
        "policy": draft.provenance.policy,
        "findings": digest(judged.inspection.findings),
        "outcome": judged.verdict.outcome,
        "rules": list(judged.verdict.rules),
    }


def told(decision: Decision, becomes: State) -> dict[str, Any]:
    """Return what the ledger says of a decision; the person under a pseudonym, for the ledger leaves the house."""
    told = decision.model_dump(mode="json", exclude={"plan_id", "at"})
    return {**told, "actor": pseudonym(decision.actor, decision.plan_id), "becomes": becomes}
