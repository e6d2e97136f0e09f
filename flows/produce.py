"""Produce: turn one campaign brief into an audited editorial-plan bundle. Read this first.

    python flows/produce.py briefs/spring-refill.yaml

The brief is read and admitted before any model sees it; its cadence becomes slots; each slot gets a caption and
a picture, and every one is judged by the published policy. What passes is bundled, what is doubtful waits in
the review queue: the flow ends there, and `flows/release.py` bundles what a person has approved since.
What the order is, `aboveboard/producing.py` says; this file gives it to Prefect, one task a step and slot.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from prefect.utilities.annotations import opaque

from aboveboard import producing
from aboveboard.draft import Judged
from aboveboard.plan import EditorialPlan
from aboveboard.producing import Job, Produced, Watch
from aboveboard.project import Project, open_project
from aboveboard.summary import as_markdown
from aboveboard.watching import LogWatch

RUNNER: TaskRunner[PrefectFuture[Any]] = ThreadPoolTaskRunner(max_workers=16)


@task(task_run_name="write {job}", cache_policy=NO_CACHE)
def write_caption(project: Project, plan: EditorialPlan, job: Job) -> Judged:
    """Write one caption, and again in the light of what the guards found, at most twice."""
    return producing.write(project, plan, job)


@task(task_run_name="illustrate {job}", cache_policy=NO_CACHE)
def illustrate(project: Project, plan: EditorialPlan, job: Job, written: Judged) -> Judged:
    """Set the caption's headline on a card in the brand's colours, where the slot wants a picture."""
    return producing.illustrate(project, plan, written)


@task(task_run_name="inspect {job}", cache_policy=NO_CACHE)
def inspect(project: Project, plan: EditorialPlan, job: Job, drafted: Judged) -> Judged:
    """Judge the whole draft: its words, the words on its picture, its alt text."""
    return producing.inspect(project, plan, drafted)


def in_tasks(project: Project, plan: EditorialPlan, jobs: Sequence[Job], watch: Watch) -> list[Judged]:
    """Run every job as three tasks named after its slot."""
    here: tuple[Any, Any] = (opaque(project), opaque(plan))
    runs: list[Any] = []
    for job in jobs:
        written: Any = write_caption.submit(*here, job)
        drafted: Any = illustrate.submit(*here, job, written)
        runs.append(inspect.submit(*here, job, drafted))
    return [run.result() for run in runs]


@flow(name="produce", flow_run_name="produce {brief_path}", task_runner=RUNNER)
def produce(brief_path: Path, workspace: Path = Path("."), actor: str = "") -> Produced:
    """Turn one campaign brief into judged drafts; bundle the cleared, queue the doubtful."""
    with open_project(workspace, actor) as project:
        done = producing.produce(project, brief_path, in_tasks, LogWatch(get_run_logger()))
    create_markdown_artifact(as_markdown(done), key="verdicts", description=f"{done.plan.brief.campaign}")
    return done


if __name__ == "__main__":
    produce(Path(sys.argv[1]))
