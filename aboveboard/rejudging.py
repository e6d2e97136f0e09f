"""Judging a plan anew: the policy has changed, the words haven't. No model writes, and what people did stays.

A bundle carries one policy, so all that stands in a plan is judged by the one in force. An approval given under
another ends with it: what a person cleared against the guards waits for a person again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from aboveboard.brief import Brief
from aboveboard.clock import now
from aboveboard.consulting import with_critic
from aboveboard.draft import Draft, Judged, Usage
from aboveboard.errors import ReviewError
from aboveboard.finding import Finding, judge
from aboveboard.guarding import Runner, inspect_draft, run_direct
from aboveboard.guards.plan import inspect_plan
from aboveboard.policy import Policy
from aboveboard.project import Project
from aboveboard.record import BY_ITSELF, STATES, Action, Decision, Recorded, accounted, by_itself, with_findings
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
        made = judged_alone(draft, plan.brief, policy, with_critic(run_direct, project.critic, spent))
        alone[one.id] = accounted(made.model_copy(update={"attempts": one.judged.attempts}), spent)
    found = inspect_plan(plan, [alone.get(one.id, one.judged) for one in live], policy)
    return [Anew(one, carry_over(one.judged, among(alone[one.id], found, policy))) for one in stale]


def judged_alone(draft: Draft, brief: Brief, policy: Policy, runner: Runner) -> Judged:
    """Judge a draft by itself."""
    inspection = inspect_draft(draft, brief, policy, runner)
    return Judged(draft=draft, inspection=inspection, verdict=judge(inspection, policy.required))


def among(alone: Judged, by_slot: Mapping[str, tuple[Finding, ...]], policy: Policy) -> Judged:
    """Return a draft judged by itself with what was found among the others: the plan's rules have answered too."""
    plan_rules = {rule.id for rule in policy.rules} - policy.required
    answered = alone.inspection.model_copy(update={"answered": alone.inspection.answered | plan_rules})
    found = by_slot.get(alone.draft.slot.id, ())
    return with_findings(alone.model_copy(update={"inspection": answered}), found)


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


def worked_on(project: Project, brief: Brief) -> str | None:
    """Return the newest plan of this brief that people have worked on, by whatever policy it was recorded."""
    records = project.store.plans(brief.campaign)
    ids = {policy: project.identity(brief, policy) for policy in {record.policy for record in records}}
    for record in records:
        if ids[record.policy] != record.id:
            continue
        made = {made.action for one in project.store.judged(record.id) for made in one.decisions}
        if made - BY_ITSELF:
            return record.id
    return None


def why(each: Anew, policy: Policy) -> tuple[str, ...]:
    """Return why a draft that was cleared waits again: what the policy in force finds in it."""
    weighing = [found for found in each.judged.inspection.findings if found.severity.rank]
    told = dict.fromkeys(told_of(found, policy) for found in weighing)
    approved = each.one.judged.verdict.outcome != "pass"
    ended = "The policy has changed, and with it the approval ended." if approved else "The policy has changed."
    return (*told, ended)


def told_of(found: Finding, policy: Policy) -> str:
    """Return a finding in a line: the rule, and the words it is about."""
    return f"{policy.titled(found.rule)}: “{found.quote[:160]}”"


def _decision(each: Anew, policy: str, at: datetime) -> Decision:
    one, was = each.one, each.one.judged.draft.provenance.policy
    state = STATES[each.judged.verdict.outcome]
    reason = f"The policy changed from {was[:12]} to {policy[:12]}: judged anew, it is {state}."
    action: Action = "recall" if each.goes_back else "rejudge"
    return by_itself(one, action, reason, policy, at, replacement=each.judged.draft.id)
