"""The main job in order: a brief in, judged drafts recorded, a bundle out. `flows/` runs this order on Prefect."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from aboveboard import running
from aboveboard.accounts import known_as
from aboveboard.admission import admit
from aboveboard.bundle import write_bundle
from aboveboard.commission import Written
from aboveboard.consulting import with_critic
from aboveboard.draft import Draft, Judged, Usage
from aboveboard.errors import ReviewError
from aboveboard.finding import Finding, Inspection, judge
from aboveboard.guarding import inspect_draft
from aboveboard.guards.plan import inspect_plan
from aboveboard.hub import run_validators
from aboveboard.imaging.illustrating import illustrated
from aboveboard.plan import EditorialPlan, Slot
from aboveboard.project import Project
from aboveboard.reading import read_brief
from aboveboard.recalling import send_back_unsealed
from aboveboard.record import Recorded, Totals, accounted
from aboveboard.rejudging import rejudge, worked_on
from aboveboard.repairing import rejudged, repaired
from aboveboard.review import releasable
from aboveboard.scheduling import schedule_slots
from aboveboard.sharing import LARGEST, finished, lay_out, work
from aboveboard.stepping import listening
from aboveboard.writing import commission, drafted

VARIANTS = "abcd"
STEPS = ("written", "illustrated", "inspected")


class Job(BaseModel):
    """One caption to make: a slot and a variant, and its place among the captions of its language."""

    model_config = ConfigDict(frozen=True)

    slot: Slot
    variant: str
    place: int
    of: int

    def __str__(self) -> str:
        return f"{self.slot.id} {self.variant}"


class Produced(BaseModel):
    """What a run came to: the plan, every draft with its state, and where the bundle is."""

    model_config = ConfigDict(frozen=True)

    plan: EditorialPlan
    recorded: tuple[Recorded, ...]
    plan_findings: tuple[Finding, ...]  # about the plan as a whole
    totals: Totals
    currency: str
    bundle: Path


class Watch(Protocol):
    """Told what happens, so that a terminal or a log can show it."""

    def planned(self, plan: EditorialPlan, jobs: Sequence[Job]) -> None: ...
    def reached(self, step: str, job: Job, judged: Judged) -> None: ...
    def painting(self, job: Job, done: int, of: int) -> None: ...


Run = Callable[[Project, EditorialPlan, Sequence[Job], Watch], list[Judged]]


def produce(
    project: Project, brief_path: Path, run: Run, watch: Watch, begun: running.Run | None = None
) -> Produced:
    """Turn one campaign brief into judged drafts; bundle the cleared, queue the doubtful.

    Safe to run any number of times: what is recorded is not made again. Where only the policy has changed since
    people worked on this plan, it is judged anew rather than written anew: their work stays.

    `begun`: the run, where it is in the list of runs already; else it is put there.

    Raises:
        AboveboardError: The brief, the plan, a model or the workspace needs mending; says which and how.
    """
    engine = project.store.engine
    begun = begun or running.start_run(engine, name_of(project, brief_path), project.actor, alone=False)
    with running.recorded(engine, begun) as plan:
        done = _produce(project, brief_path, run, watch)
        plan.append(done.plan.id)
    return done


def name_of(project: Project, brief_path: Path) -> str:
    """Return what a brief is called in the list of runs: its name within briefs/, else where it lies."""
    path = brief_path.absolute()
    return path.stem if path.parent == project.root / "briefs" and path.suffix == ".yaml" else str(path)


def _produce(project: Project, brief_path: Path, run: Run, watch: Watch) -> Produced:
    brief = admit(read_brief(brief_path, project.root), project.policy)  # before any model sees it
    plan = schedule_slots(brief, project.channels, project.identity(brief))
    if not project.store.recorded(plan.id):
        if begun := worked_on(project, brief):
            rejudge(project, begun)
            return release(project, begun)
        _make_and_record(project, plan, run, watch)
    return release(project, plan.id)


def _make_and_record(project: Project, plan: EditorialPlan, run: Run, watch: Watch) -> None:
    judged = made(project, plan, jobs_of(plan), run, watch)
    if judged is not None:
        acts = known_as(project.store.engine, project.actor)[0]
        project.store.record(plan, judged, by_draft(plan, judged, project), triggered_by=acts)


def release(project: Project, plan_id: str) -> Produced:
    """Bundle what is cleared now, by the guards or by a person. Safe to run any number of times."""
    plan, recorded = project.store.plan(plan_id), tuple(project.store.judged(plan_id))
    _, void = releasable(project.store, plan_id, project.policy_digest)
    if void:
        raise ReviewError(
            [*void, "The policy has changed since: aboveboard recall judges the plan by the one in force."]
        )
    if send_back_unsealed(project, [one for one in recorded if one.state == "cleared"]):
        recorded = tuple(project.store.judged(plan_id))
    live = [one.judged for one in recorded if one.state in {"cleared", "flagged", "blocked"}]
    whole = inspect_plan(plan, live, project.policy).get("", ())
    return Produced(
        plan=plan,
        recorded=recorded,
        plan_findings=whole,
        totals=project.store.usage(plan_id),
        currency=project.settings.currency,
        bundle=write_bundle(project.outputs, project.contents(plan, recorded), project.picture, project.seal),
    )


def by_draft(plan: EditorialPlan, judged: Sequence[Judged], project: Project) -> dict[str, tuple[Finding, ...]]:
    """Return what the plan guards find, by draft: a slot's findings hold back each of its variants."""
    by_slot = inspect_plan(plan, judged, project.policy)
    return {one.draft.id: found for one in judged if (found := by_slot.get(one.draft.slot.id))}


def jobs_of(plan: EditorialPlan) -> list[Job]:
    """Return every caption of the plan: slots in order of time, variants in order of letter."""
    pairs = [(slot, variant) for slot in plan.slots for variant in VARIANTS[: plan.brief.variants]]
    of = Counter(slot.language for slot, _ in pairs)
    place: dict[str, Iterator[int]] = {language: count() for language in of}
    return [
        Job(slot=slot, variant=variant, place=next(place[slot.language]), of=of[slot.language])
        for slot, variant in pairs
    ]


def made(
    project: Project, plan: EditorialPlan, jobs: Sequence[Job], run: Run, watch: Watch
) -> list[Judged] | None:
    """Make every draft of a plan, `settings.concurrency` at a time, beside whoever else is at it.

    What was finished before, here or elsewhere, isn't made again. None where somebody has recorded the plan.
    """
    engine, by_key = project.store.engine, {str(job): job for job in jobs}
    watch.planned(plan, jobs)
    if not lay_out(engine, plan.id, list(by_key)):
        return None
    for key, judged in finished(engine, plan.id).items():
        for step in STEPS:
            watch.reached(step, by_key[key], judged)

    def do(keys: Sequence[str]) -> list[Judged]:
        return run(project, plan, [by_key[key] for key in keys], watch)

    threads = project.settings.concurrency
    share = max(1, min(LARGEST, len(jobs) // (4 * threads)))
    return list(finished(engine, plan.id).values()) if work(engine, plan.id, do, threads, share) else None


def one_by_one(project: Project, plan: EditorialPlan, jobs: Sequence[Job], watch: Watch) -> list[Judged]:
    """Make the drafts of one share, in this thread."""
    return [one_job(project, plan, job, watch) for job in jobs]


def one_job(project: Project, plan: EditorialPlan, job: Job, watch: Watch) -> Judged:
    """Write, illustrate and inspect one draft."""
    judged = write(project, plan, job)
    watch.reached("written", job, judged)
    with listening(partial(watch.painting, job)):
        judged = illustrate(project, plan, judged)
    watch.reached("illustrated", job, judged)
    judged = inspect(project, plan, judged)
    watch.reached("inspected", job, judged)
    return judged


def write(project: Project, plan: EditorialPlan, job: Job) -> Judged:
    """Write one caption, and rewrite it in the light of what the guards find, at most as the policy allows."""
    brief, policy = plan.brief, project.policy
    channel = project.channels[job.slot.channel]
    order = commission(brief, job.slot, job.variant, channel, job.place, job.of)
    spent: list[Usage] = []
    runner = with_critic(run_validators, project.critic, spent)

    def draft(written: Written) -> Draft:
        return drafted(written, order, channel, project.writer.id, project.policy_digest)

    def inspect(made: Draft) -> Inspection:
        return inspect_draft(made, brief, policy, runner)

    judged = repaired(order, project.writer.write, draft, inspect, policy.thresholds.rewrites, policy.required)
    return accounted(judged, spent)


def illustrate(project: Project, plan: EditorialPlan, written: Judged) -> Judged:
    """Make the picture of a slot that wants one; where it can't be made, a finding says why."""
    draft = written.draft
    if not draft.slot.image or not draft.post:
        return written
    return illustrated(
        written,
        plan.brief,
        project.channels[draft.slot.channel],
        project.painter,
        project.policy,
        keep=project.keep_picture,
        painted=project.kept / "backdrops",
        workspace=project.root,
    )


def inspect(project: Project, plan: EditorialPlan, drafted: Judged) -> Judged:
    """Judge the whole draft: the post, the alt text, the words on the picture; without one, the post is judged."""
    if drafted.draft.picture is None:
        return drafted.model_copy(update={"verdict": judge(drafted.inspection, project.policy.required)})
    spent: list[Usage] = []
    runner = with_critic(run_validators, project.critic, spent)
    inspection = inspect_draft(drafted.draft, plan.brief, project.policy, runner)
    return accounted(rejudged(drafted, drafted.draft, inspection, project.policy.required), spent)
