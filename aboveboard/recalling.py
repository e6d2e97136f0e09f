"""Recall: what was cleared and may no longer stand goes back to the queue, with the reason.

A fact of the brief is changed, taken out or runs out before the post goes out: what rests on it waits again. A
rule, a law's date or the classifier is another now: all that stands in the plan is judged anew.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from aboveboard.agenda import newest_plans
from aboveboard.brief import Brief, usable
from aboveboard.bundle import checked_picture
from aboveboard.clock import now
from aboveboard.drafting import names, place_of
from aboveboard.errors import AboveboardError, BriefError, ImageError, ReviewError
from aboveboard.finding import Finding
from aboveboard.guarding import inspect_draft, run_direct
from aboveboard.policy import Policy
from aboveboard.project import Project
from aboveboard.reading import read_brief
from aboveboard.record import Recorded, by_itself
from aboveboard.rejudging import judged_anew, rejudge, told_of, why


class Recall(NamedTuple):
    """One draft that goes back to the queue, and why."""

    one: Recorded
    reasons: tuple[str, ...]


def recall(project: Project, campaign: str | None = None, *, dry_run: bool = False) -> list[Recall]:
    """Send back what was cleared and no longer stands, in each campaign's newest plan; return it with the reasons.

    Where a fact has changed, what is due already is left alone, for it may be out. Run twice, the second time
    finds nothing. Raises BriefError, once all else is done, where a brief's file can't be read: its record spoke
    for it.
    """
    at = now()
    briefs, unreadable = todays_briefs(project)
    found = []
    for name, plan_id in newest_plans(project.store.engine).items():
        if campaign not in (None, name):
            continue
        found += _by_policy(project, plan_id, dry_run)
        recorded = project.store.plan(plan_id).brief
        gone = {one.id for one, _ in found}
        for one in project.store.cleared(plan_id):
            told = reasons(one, recorded, briefs.get(name, recorded), project.policy, at)
            if told and one.id not in gone and (dry_run or _send_back(project, one, told, at)):
                found.append(Recall(one, told))
    if unreadable and not dry_run:
        raise BriefError([*unreadable, f"{len(found)} posts went back. Mend the brief, then recall again."])
    return found


def _by_policy(project: Project, plan_id: str, dry_run: bool) -> list[Recall]:
    """Judge anew what another policy judged; return what was cleared and no longer is."""
    anew = judged_anew(project, plan_id) if dry_run else rejudge(project, plan_id)
    return [Recall(each.one, why(each, project.policy)) for each in anew if each.goes_back]


def send_back_unsealed(project: Project, cleared: list[Recorded]) -> list[Recall]:
    """Send back each cleared draft whose picture can't bear its credentials: without them it isn't cleared.

    Raises WorkspaceError where the certificate is at fault, which is nobody's post, and BundleError where a
    picture's file was changed.
    """
    back = []
    for one in cleared:
        picture = one.judged.draft.picture
        try:
            if picture is not None:
                project.seal(one, checked_picture(picture, project.picture))
        except ImageError as error:
            told = (f"Its picture can't bear its credentials: {error}",)
            if _send_back(project, one, told, now()):
                back.append(Recall(one, told))
    return back


def todays_briefs(project: Project) -> tuple[dict[str, Brief], list[str]]:
    """Return the workspace's briefs as their files read now, by campaign, and what is wrong with the others."""
    read: dict[str, Brief] = {}
    problems: list[str] = []
    for name in names(project):
        try:
            brief = read_brief(place_of(project, name), project.root)
            read[brief.campaign] = brief
        except AboveboardError as error:
            problems += error.problems
    return read, problems


def reasons(one: Recorded, then: Brief, today: Brief, policy: Policy, at: datetime) -> tuple[str, ...]:
    """Return why a cleared draft no longer stands; nothing where it does."""
    draft = one.judged.draft
    if draft.slot.at <= at:
        return ()
    facts = tuple(_facts(one, then, today))
    known = {_said(found) for found in one.judged.inspection.findings}
    fresh = inspect_draft(draft, today, policy, run_direct)
    worse = [found for found in fresh.findings if found.severity.rank and _said(found) not in known]
    return (*facts, *dict.fromkeys(told_of(found, policy) for found in worse))


def _facts(one: Recorded, then: Brief, today: Brief) -> Iterator[str]:
    """Yield what has become of the facts a draft rests on."""
    draft = one.judged.draft
    for fact_id in dict.fromkeys(support.fact for support in one.judged.inspection.supports):
        old, new = then.fact(fact_id), today.fact(fact_id)
        if new is None:
            yield f"The fact '{fact_id}' it rests on is no longer in the brief."
        elif not usable(new, draft.slot.at, today.zone):
            yield f"The fact '{fact_id}' it rests on has run out by then."
        elif old is not None and (old.statement, old.value, old.stock) != (new.statement, new.value, new.stock):
            says = today.says(new.statement, draft.slot.language)
            yield f"The fact '{fact_id}' it rests on reads otherwise now: {says or new.value}"


def _said(found: Finding) -> tuple[str, str, str]:
    return found.rule, found.asset, found.quote


def _send_back(project: Project, one: Recorded, why: tuple[str, ...], at: datetime) -> bool:
    decision = by_itself(one, "recall", " ".join(why), project.policy_digest, at)
    try:
        project.store.decide(decision, "cleared", "flagged")
    except ReviewError:  # somebody decided meanwhile
        return False
    return True
