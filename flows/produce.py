"""Produce: turn one campaign brief into an audited editorial-plan bundle. Read this first.

    python flows/produce.py briefs/spring-refill.yaml

The brief is read and admitted before any model sees it; its cadence becomes slots; each slot gets a caption and
a picture, and every one is judged by the published policy. What passes is bundled, what is doubtful waits in
the review queue: the flow ends there, and `flows/release.py` bundles what a person has approved since.
What the order is, `aboveboard/producing.py` says; this file gives it to Prefect, one task a step and slot.
What comes of it stands in the workspace's own database; Prefect shows names, verdicts and states, and no copy.
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import aboveboard  # noqa: F401  (first: it turns telemetry off, Prefect's too)

# isort: split
from prefect import State, flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed
from prefect.utilities.annotations import opaque

from aboveboard import producing
from aboveboard.draft import Judged
from aboveboard.errors import AboveboardError
from aboveboard.plan import EditorialPlan
from aboveboard.producing import Job, Produced, Watch
from aboveboard.project import Project, open_project
from aboveboard.stepping import listening
from aboveboard.summary import as_markdown, in_short
from aboveboard.watching import LogWatch


@task(task_run_name="write {job}", cache_policy=NO_CACHE, persist_result=False)
def write_caption(project: Project, plan: EditorialPlan, job: Job) -> Judged:
    """Write one caption, and again in the light of what the guards found, at most twice."""
    return noted("written", job, producing.write(project, plan, job))


@task(task_run_name="illustrate {job}", cache_policy=NO_CACHE, persist_result=False)
def illustrate(project: Project, plan: EditorialPlan, job: Job, written: Judged) -> Judged:
    """Set the caption's headline on a card in the brand's colours, where the slot wants a picture."""
    with listening(partial(LogWatch(get_run_logger()).painting, job)):
        return noted("illustrated", job, producing.illustrate(project, plan, written))


@task(task_run_name="inspect {job}", cache_policy=NO_CACHE, persist_result=False)
def inspect(project: Project, plan: EditorialPlan, job: Job, drafted: Judged) -> Judged:
    """Judge the whole draft: its words, the words on its picture, its alt text."""
    return noted("inspected", job, producing.inspect(project, plan, drafted))


def noted(step: str, job: Job, judged: Judged) -> Judged:
    """Say in the task's own log how far this draft is."""
    LogWatch(get_run_logger()).reached(step, job, judged)
    return judged


@task(task_run_name="{many} drafts from {first} on", cache_policy=NO_CACHE, persist_result=False)
def make_share(project: Project, plan: EditorialPlan, share: Sequence[Job], many: int, first: str) -> list[Judged]:
    """Write, illustrate and inspect a share of a large plan: a task a step would cost more than the steps."""
    return producing.one_by_one(project, plan, share, LogWatch(get_run_logger()))


def in_tasks(project: Project, plan: EditorialPlan, share: Sequence[Job], watch: Watch) -> list[Judged]:
    """Make a share: as three tasks named after its slot where it is one job, else as one task."""
    workspace: Any = opaque(project)  # none of it for Prefect to look into
    whole: Any = opaque(plan)
    jobs: Any = opaque(share)
    job = share[0]
    if len(share) > 1:
        return make_share(workspace, whole, jobs, len(share), str(job))
    written: Any = opaque(write_caption(workspace, whole, job))
    drafted: Any = opaque(illustrate(workspace, whole, job, written))
    return [inspect(workspace, whole, job, drafted)]


@flow(name="produce", flow_run_name="produce {brief_path.stem}", persist_result=False)
def produce(brief_path: Path, workspace: Path = Path("."), actor: str = "") -> State[Produced]:
    """Turn one campaign brief into judged drafts; bundle the cleared, queue the doubtful."""
    try:
        with open_project(workspace, actor) as project:
            done = producing.produce(project, brief_path, in_tasks, LogWatch(get_run_logger()))
    except AboveboardError as error:
        return Failed(message=str(error), data=error)
    create_markdown_artifact(as_markdown(done), key="verdicts", description=in_short(done))
    return Completed(message=in_short(done), data=done)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python flows/produce.py BRIEF")
    sys.exit(not produce(Path(sys.argv[1]), return_state=True).is_completed())
