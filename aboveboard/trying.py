"""What a changed rule would do to what has been judged already, before anybody adopts it."""

from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict

from aboveboard.brief import Brief
from aboveboard.draft import Draft
from aboveboard.finding import Finding, Inspection, Outcome, judge
from aboveboard.guarding import copies, run_rule
from aboveboard.policy import Policy, Rule
from aboveboard.record import Recorded


class Difference(BaseModel):
    """One past draft on which the changed rule says something else than the one in force."""

    model_config = ConfigDict(frozen=True)

    plan_id: str
    draft: str
    slot: str
    language: str
    came: tuple[str, ...]  # the words that would be found
    went: tuple[str, ...]  # the words that no longer would
    before: Outcome
    after: Outcome


class Trial(BaseModel):
    """What trying a rule on past drafts came to."""

    model_config = ConfigDict(frozen=True)

    rule: str
    new: bool  # whether no rule of this id is in force
    looked_at: int
    before: int  # drafts on which the rule in force finds something
    after: int  # drafts on which the changed one does
    differences: tuple[Difference, ...]

    @property
    def held_back(self) -> int:
        """How many drafts that pass now would be held back."""
        return sum(one.before == "pass" and one.after != "pass" for one in self.differences)

    @property
    def let_go(self) -> int:
        """How many drafts that are held back now would pass."""
        return sum(one.before != "pass" and one.after == "pass" for one in self.differences)


def tried(changed: Rule, policy: Policy, past: Iterable[tuple[Recorded, Brief]]) -> Trial:
    """Run a changed rule over past drafts beside the one in force. Pure, and without any model.

    Only the rule's own patterns are compared: what a model read for it stays as recorded.
    """
    old = policy.rule(changed.id)
    looked, before, after = 0, 0, 0
    differences = []
    for one, brief in past:
        looked += 1
        had = list(_found(old, one.judged.draft, brief)) if old else []
        has = list(_found(changed, one.judged.draft, brief))
        before += bool(had)
        after += bool(has)
        if _places(had) != _places(has) or _weights(had) != _weights(has):
            differences.append(_difference(one, had, has, policy))
    return Trial(
        rule=changed.id,
        new=old is None,
        looked_at=looked,
        before=before,
        after=after,
        differences=tuple(differences),
    )


def _found(rule: Rule, draft: Draft, brief: Brief) -> Iterator[Finding]:
    if rule.guard in ("plan", "imagery"):
        return
    for copy in copies(draft, brief):
        findings, supports, _ = run_rule(rule, copy)
        cleared = {(support.start, support.end) for support in supports}
        yield from (one for one in findings if (one.start, one.end) not in cleared)


def _difference(one: Recorded, had: list[Finding], has: list[Finding], policy: Policy) -> Difference:
    gone = _places(had) - _places(has)
    fresh = _places(has) - _places(had)
    rule = (had or has)[0].rule
    inspection = one.judged.inspection
    others = [
        found for found in inspection.findings if found.rule != rule or found.layer in ("classifier", "critic")
    ]
    then = Inspection(findings=(*others, *has), answered=inspection.answered | {rule})
    slot = one.judged.draft.slot
    return Difference(
        plan_id=one.plan_id,
        draft=one.id,
        slot=slot.id,
        language=slot.language,
        came=tuple(sorted({quote for *_, quote in fresh})),
        went=tuple(sorted({quote for *_, quote in gone})),
        before=one.judged.verdict.outcome,
        after=judge(then, policy.required & then.answered).outcome,
    )


def _places(findings: Iterable[Finding]) -> set[tuple[str, int, int, str]]:
    return {(one.asset, one.start, one.end, one.quote) for one in findings}


def _weights(findings: Iterable[Finding]) -> set[tuple[str, int, str]]:
    return {(one.asset, one.start, one.severity.value) for one in findings}
