"""Judging a plan anew: the policy has changed, the words haven't. No model writes, and what people did stays.

A bundle carries one policy, so all that stands in a plan is judged by the one in force. An approval given under
another ends with it: what a person cleared against the guards waits for a person again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from aboveboard.clock import now
from aboveboard.consulting import with_critic
from aboveboard.draft import Judged, Usage
from aboveboard.errors import ReviewError
from aboveboard.finding import Finding, judge
from aboveboard.guarding import inspect_draft, run_direct
from aboveboard.guards.plan import inspect_plan
from aboveboard.policy import Policy
from aboveboard.project import Project
from aboveboard.record import BY_ITSELF, MACHINE, STATES, Decision, Recorded, accounted, with_findings
from aboveboard.review import carry_over

LIVE = ("cleared", "flagged", "blocked")  # the states in which a draft counts towards its plan


class Anew(NamedTuple):
    """One draft as it stood, and what it is by the policy in force."""

    one: Recorded
    judged: Judged

    @property
    def goes_back(self) -> bool:
        """Whether it was cleared and no longer is."""
        return self.one.state == "cleared" and self.judged.verdict.outcome != "pass"


def judged_anew(project: Project, plan_id: str) -> list[Anew]:
    """Return what the policy in force makes of all that stands in a plan and was judged by another."""
    live = [one for one in project.store.judged(plan_id) if one.state in LIVE]
    stale = [one for one in live if one.judged.draft.provenance.policy != project.policy_digest]
    if not stale:
        return []
    plan, policy = project.store.plan(plan_id), project.policy
    alone: dict[str, Judged] = {}
    for one in stale:
        draft, spent = one.judged.draft.succeeding(one.judged.draft, project.policy_digest), list[Usage]()
        inspection = inspect_draft(draft, plan.brief, policy, with_critic(run_direct, project.critic, spent))
        verdict = judge(inspection, policy.required)
        made = Judged(draft=draft, inspection=inspection, verdict=verdict, attempts=one.judged.attempts)
        alone[one.id] = accounted(made, spent)
    found = inspect_plan(plan, [alone.get(one.id, one.judged) for one in live], policy)
    return [Anew(one, _whole(one, alone[one.id], found, policy)) for one in stale]


def _whole(one: Recorded, alone: Judged, by_slot: Mapping[str, tuple[Finding, ...]], policy: Policy) -> Judged:
    found = by_slot.get(one.judged.draft.slot.id, ())
    answered = alone.inspection.answered | {rule.id for rule in policy.rules} - policy.required
    asked = alone.model_copy(update={"inspection": alone.inspection.model_copy(update={"answered": answered})})
    return carry_over(one.judged, with_findings(asked, found))


def rejudge(project: Project, plan_id: str, tries: int = 3) -> list[Anew]:
    """Judge a plan by the policy in force, all of it or nothing, and return what `judged_anew` does.

    Raises ReviewError where people kept deciding on its drafts meanwhile, at each of so many tries.
    """
    anew, at = judged_anew(project, plan_id), now()
    made = [(_decision(each, project.policy_digest, at), each.one.state, each.judged) for each in anew]
    try:
        if made:
            project.store.rejudge(plan_id, project.policy_digest, made, at)
    except ReviewError:
        if tries <= 1:
            raise
        return rejudge(project, plan_id, tries - 1)
    return anew


def worked_on(project: Project, campaign: str, ids: dict[str, str]) -> str | None:
    """Return the newest plan of a campaign that people have worked on and that only its policy sets apart.

    `ids`: what the plan's id would be, by the digest of each policy a plan of the campaign was recorded under.
    """
    for record in project.store.plans(campaign):
        if ids[record.policy] != record.id:
            continue
        made = {made.action for one in project.store.judged(record.id) for made in one.decisions}
        if made - BY_ITSELF:
            return record.id
    return None


def why(each: Anew, policy: Policy) -> tuple[str, ...]:
    """Return why a draft that was cleared waits again: what the policy in force finds in it."""
    weighing = [found for found in each.judged.inspection.findings if found.severity.rank]
    told = dict.fromkeys(f"{policy.titled(found.rule)}: “{found.quote[:160]}”" for found in weighing)
    approved = each.one.judged.verdict.outcome != "pass"
    ended = "The policy has changed, and with it the approval ended." if approved else "The policy has changed."
    return (*told, ended)


def _decision(each: Anew, policy: str, at: datetime) -> Decision:
    one, was = each.one, each.one.judged.draft.provenance.policy
    return Decision(
        plan_id=one.plan_id,
        draft=one.id,
        action="recall" if each.goes_back else "rejudge",
        actor=MACHINE,
        role="machine",
        reason=f"The policy changed from {was[:12]} to {policy[:12]}: judged anew, "
        f"it is {STATES[each.judged.verdict.outcome]}.",
        seen=one.id,
        policy=policy,
        at=at,
        replacement=each.judged.draft.id,
    )
