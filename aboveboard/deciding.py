"""What `aboveboard review` does: open the workspace, look, decide, have an edit checked again."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aboveboard.accounts import known_as
from aboveboard.agenda import newest_plans
from aboveboard.brief import Brief
from aboveboard.channel import Channel
from aboveboard.clock import now
from aboveboard.consulting import with_critic
from aboveboard.counting import count, fits, measure
from aboveboard.documents import unseen
from aboveboard.draft import Draft, Judged, Usage
from aboveboard.errors import PolicyError, ReviewError
from aboveboard.finding import Finding, Inspection, Verdict
from aboveboard.guarding import Runner, copies, run_direct
from aboveboard.guards.plan import inspect_plan
from aboveboard.moving import moved, read_time
from aboveboard.plan import EditorialPlan
from aboveboard.policy import Policy
from aboveboard.project import Project, open_project
from aboveboard.record import Action, Recorded, accounted, with_findings
from aboveboard.rejudging import LIVE, among, judged_alone
from aboveboard.review import Change
from aboveboard.review import decide as decide_on
from aboveboard.review import edit as edit_draft
from aboveboard.rewriting import Rewriting
from aboveboard.rulebook import read_rule
from aboveboard.suggesting import open_reword, suggested
from aboveboard.trying import Trial, tried


def queue(workspace: Path, campaign: str | None) -> list[Recorded]:
    """Return what waits for a person, soonest first."""
    with open_project(workspace) as project:
        return list(project.store.queue(campaign))


def look(workspace: Path, draft: str) -> tuple[Recorded, Policy]:
    """Return one draft by the first letters of its id, and the policy to explain it by."""
    with open_project(workspace) as project:
        return project.store.find(draft), project.policy


def suggestions(workspace: Path, one: Recorded) -> Rewriting:
    """Return rewrites of a draft's post that pass, for the person who looks at it."""
    with open_project(workspace) as project:
        return suggestions_in(project, one)


def suggestions_in(project: Project, one: Recorded) -> Rewriting:
    """As `suggestions`, in a workspace that is open."""
    post = copies(one.judged.draft, project.store.plan(one.plan_id).brief)[0]
    found = tuple(finding for finding in one.judged.inspection.findings if finding.asset == post.asset)
    inspection = one.judged.inspection.model_copy(update={"findings": found})
    return suggested(post, inspection, project.policy, open_reword(project.settings, project.root))


def decide(
    workspace: Path, draft: str, action: Action, reason: str, actor: str, role: str
) -> tuple[Recorded, Recorded]:
    """Take a decision; return the draft before and after it."""
    with open_project(workspace, actor) as project:
        before = project.store.find(draft)
        acts, also = known_as(project.store.engine, project.actor)
        after = decide_on(
            project.store,
            draft,
            action,
            actor=acts,
            role=role,
            policy=project.policy_digest,
            reason=reason,
            goes_by=also,
        )
        return before, after


def demand_postable(words: str, channel: Channel) -> None:
    """Raise ReviewError where these words can't be posted on this channel, whatever they say."""
    problems = [] if words else ["There are no words left. Reject the draft if nothing is to be posted."]
    if hidden := unseen(words.replace("\n", " ")):
        problems.append(f"The new words hold {hidden}")
    if not fits(words, channel):
        over = f"{count(words, channel):,} of {channel.text.value:,} {channel.text.unit}"
        problems.append(f"The new words are too long for {channel.title}: {over}. Shorten them.")
    if problems:
        raise ReviewError(problems)


def demand_describable(alt: str, draft: Draft, channel: Channel) -> None:
    """Raise ReviewError where this can't be the alt text of a draft's picture."""
    limit = channel.images.alt if channel.images else None
    problems = [] if draft.picture else ["There is no picture for an alt text to describe."]
    problems += [] if alt else ["The alt text is empty. Say what is on the picture to those who don't see it."]
    if hidden := unseen(alt):
        problems.append(f"The alt text holds {hidden}")
    if limit and (length := measure(alt, limit.unit, channel.weights)) > limit.value:
        problems.append(
            f"The alt text is too long for {channel.title}: {length:,} of {limit.value:,} {limit.unit}."
        )
    if problems:
        raise ReviewError(problems)


def judged_in_plan(
    draft: Draft, plan: EditorialPlan, others: Sequence[Judged], policy: Policy, runner: Runner = run_direct
) -> Judged:
    """Judge a draft by itself and among the others of its plan, so that an edit can answer a plan finding."""
    judged = judged_alone(draft, plan.brief, policy, runner)
    return among(judged, inspect_plan(plan, [*others, judged], policy), policy)


def judged_here(project: Project, one: Recorded, fresh: Draft, runner: Runner = run_direct) -> Judged:
    """Judge what is to take a draft's place, among the others of its plan."""
    plan = project.store.plan(one.plan_id)
    others = [
        other.judged for other in project.store.judged(plan.id) if other.state in LIVE and other.id != one.id
    ]
    return judged_in_plan(fresh, plan, others, project.policy, runner)


def reword(
    workspace: Path,
    draft: str,
    words: str | None,
    reason: str,
    actor: str,
    role: str,
    *,
    alt: str | None = None,
    headline: str | None = None,
) -> tuple[Recorded, Policy]:
    """Put other words in a draft, checked again at once; return the new draft. What is None stays as it is."""
    with open_project(workspace, actor) as project:
        by = {"actor": known_as(project.store.engine, project.actor)[0], "role": role, "reason": reason}
        return reword_in(project, draft, words, alt=alt, headline=headline, **by), project.policy


def reword_in(
    project: Project,
    draft: str,
    words: str | None,
    *,
    actor: str,
    role: str,
    reason: str = "",
    seen: str | None = None,
    alt: str | None = None,
    headline: str | None = None,
) -> Recorded:
    """As `reword`, in a workspace that is open.

    `words` are the post, `alt` the picture's alt text. A `headline` draws the card again, by the painter that
    made it, and describes it anew unless `alt` says how.
    """

    def change(one: Recorded) -> tuple[Draft, tuple[Finding, ...]]:
        old = one.judged.draft
        channel = project.channels[old.slot.channel]
        fresh, found = (old, ()) if headline is None else redrawn(project, one, headline)
        if words is not None:
            demand_postable(words, channel)
            fresh = fresh.model_copy(update={"post": words})
        if alt is not None:
            demand_describable(alt, fresh, channel)
            pictured = fresh.picture.model_copy(update={"alt_text": alt}) if fresh.picture else None
            fresh = fresh.model_copy(update={"picture": pictured})
        return fresh, found

    return _changed(project, draft, change, "edit", {"actor": actor, "role": role, "reason": reason, "seen": seen})


def _changed(
    project: Project,
    draft: str,
    change: Callable[[Recorded], tuple[Draft, tuple[Finding, ...]]],
    action: Change,
    by: dict[str, Any],
) -> Recorded:
    """Put in the place of a draft what `change` makes of it, judged by every guard; it may add findings."""
    one = project.store.find(draft)

    def rework(_: Draft) -> Judged:
        changed, found = change(one)
        fresh = changed.succeeding(one.judged.draft, project.policy_digest)
        spent: list[Usage] = []
        runner = with_critic(run_direct, project.critic, spent)
        return accounted(with_findings(judged_here(project, one, fresh, runner), found), spent)

    return edit_draft(project.store, draft, rework, policy=project.policy_digest, action=action, **by)


def redrawn(project: Project, one: Recorded, headline: str) -> tuple[Draft, tuple[Finding, ...]]:
    """Return a draft whose card says `headline`, and what was found in what its painter was asked for.

    Raises ReviewError where there is no picture, or another painter is set than the one that made it.
    """
    from aboveboard.imaging.illustrating import illustrated

    old = one.judged.draft
    if old.picture is None:
        raise ReviewError(f"{old.slot.id} has no picture to draw again. Change the words alone.")
    if old.picture.generated and (project.painter is None or project.painter.id != old.picture.provider):
        raise ReviewError(f"The picture is by {old.picture.provider}, which isn't the image_model set now.")
    caption = old.caption.model_copy(update={"headline": headline.strip()})
    bare = old.model_copy(update={"caption": caption, "picture": None})
    made = illustrated(
        Judged(draft=bare, inspection=Inspection(), verdict=Verdict(outcome="pass")),
        project.store.plan(one.plan_id).brief,
        project.channels[old.slot.channel],
        project.painter if old.picture.generated else None,
        project.policy,
        keep=project.keep_picture,
        painted=project.kept / "backdrops",
        workspace=project.root,
    )
    found = made.inspection.findings
    if made.draft.picture is None:
        raise ReviewError([finding.message for finding in found if finding.layer == "imaging"])
    return made.draft, found


def move(workspace: Path, draft: str, to: str, reason: str, actor: str, role: str) -> tuple[Recorded, Policy]:
    """Give a post another time, checked again at once; return the new draft."""
    with open_project(workspace, actor) as project:
        acts = known_as(project.store.engine, project.actor)[0]
        return move_in(project, draft, to, actor=acts, role=role, reason=reason), project.policy


def move_in(
    project: Project, draft: str, to: str, *, actor: str, role: str, reason: str = "", seen: str | None = None
) -> Recorded:
    """Give one draft of a slot another time, in a workspace that is open.

    It is judged anew there, by itself (a fact may have run out by then) and among the others of its plan; an
    approval doesn't go with it. No word changes, so who moved it may still approve it. Raises ReviewError.
    """

    def change(one: Recorded) -> tuple[Draft, tuple[Finding, ...]]:
        old, brief = one.judged.draft, project.store.plan(one.plan_id).brief
        slot = moved(old.slot, read_time(to, brief), brief, now())
        return old.model_copy(update={"slot": slot}), ()

    return _changed(project, draft, change, "move", {"actor": actor, "role": role, "reason": reason, "seen": seen})


def try_out(workspace: Path, rule: Path, campaign: str | None) -> Trial:
    """Say what a changed rule would do to the newest plan of each campaign, or of one."""
    try:
        text = rule.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{rule}: can't be read ({error}). Name a rule's YAML file.") from None
    with open_project(workspace) as project:
        return tried(read_rule(text, str(rule), project.policy), project.policy, past(project, campaign))


def past(project: Project, campaign: str | None = None) -> list[tuple[Recorded, Brief]]:
    """Return what stands in the newest plan of each campaign, or of one, each draft with its brief."""
    pairs: list[tuple[Recorded, Brief]] = []
    for name, plan_id in newest_plans(project.store.engine).items():
        if campaign in (None, name):
            brief = project.store.plan(plan_id).brief
            pairs += [(one, brief) for one in project.store.judged(plan_id) if one.state != "superseded"]
    return pairs
