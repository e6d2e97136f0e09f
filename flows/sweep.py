"""Sweep: produce what lies in briefs/ and has no plan yet. To run every few minutes; quiet when all is made.

    python flows/sweep.py WORKSPACE

As a deployment it starts the deployment `produce` for each brief, `workers` times: they share the plan's drafts.
Where posts wait for people it leaves a run of `review` suspended, for all to see, and resumes it when they have
decided. By itself it does the work in its own process, and there is nothing to suspend.
"""

import os
import sys
from pathlib import Path

import aboveboard  # noqa: F401  (first: it turns telemetry off, Prefect's too)

# isort: split
from prefect import State, flow, get_client, get_run_logger, runtime
from prefect.client.schemas.filters import FlowFilter, FlowFilterName, FlowRunFilter, FlowRunFilterState
from prefect.client.schemas.filters import FlowRunFilterStateType as OfType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.deployments import run_deployment
from prefect.flow_runs import resume_flow_run
from prefect.states import Completed, Failed

from aboveboard.agenda import newest_plans
from aboveboard.errors import AboveboardError
from aboveboard.leafing import counts
from aboveboard.project import Project, open_project
from aboveboard.starting import a_flow
from aboveboard.sweeping import due


@flow(name="sweep", persist_result=False)
def sweep(workspace: Path = Path("."), actor: str = "", workers: int = 0) -> State[list[str]]:
    """Produce each brief that is due, and say who is waited for."""
    share = workers or int(os.environ.get("ABOVEBOARD_SHARE", "1"))
    try:
        with open_project(workspace, actor) as project:
            paths, waiting = due(project), waited_for(project)
    except AboveboardError as error:
        return Failed(message=str(error), data=error)
    for path in paths:
        get_run_logger().info("%s is to be produced", path.stem)
    if runtime.deployment.id is not None:
        start(paths, workspace, actor, share)
        show(waiting, workspace)
    elif problems := here(paths, workspace, actor):
        return Failed(message="; ".join(problems))
    told = f"{len(paths)} to produce" if paths else "nothing to do"
    return Completed(message=told, data=[path.stem for path in paths])


def waited_for(project: Project) -> dict[str, int]:
    """Return how many posts wait for a person, by campaign, in its newest plan; campaigns where some do."""
    plans, counted = newest_plans(project.store.engine), counts(project.store.engine)
    waits = {campaign: counted.get(plan, {}).get("flagged", 0) for campaign, plan in plans.items()}
    return {campaign: number for campaign, number in waits.items() if number}


def here(paths: list[Path], workspace: Path, actor: str) -> list[str]:
    """Produce each brief in this process; return what is wrong with those that failed."""
    produce = a_flow("produce").produce
    states = {path.stem: produce(path, workspace, actor, return_state=True) for path in paths}
    return [f"{name}: {state.message}" for name, state in states.items() if not state.is_completed()]


def start(paths: list[Path], workspace: Path, actor: str, workers: int) -> None:
    """Start the deployment `produce` for each brief that has no run yet: a run for each worker that shares it."""
    soon = unfinished("produce", StateType.SCHEDULED, StateType.PENDING)
    begun = {run.parameters.get("brief_path") for run in soon}
    for path in paths:
        told = {"brief_path": str(path), "workspace": str(workspace), "actor": actor}
        for _ in range(workers if str(path) not in begun else 0):
            run_deployment("produce/aboveboard", parameters=told, timeout=0, as_subflow=False)


def show(waiting: dict[str, int], workspace: Path) -> None:
    """Have one run of `review` wait, suspended, for each campaign that waits for people; resume the others."""
    runs = unfinished("review", StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.PAUSED)
    shown = {run.parameters["campaign"]: run for run in runs if run.parameters.get("workspace") == str(workspace)}
    for campaign, run in shown.items():
        if campaign not in waiting and run.state_type == StateType.PAUSED:
            resume_flow_run(run.id)
    for campaign in waiting.keys() - shown.keys():
        told = {"campaign": campaign, "workspace": str(workspace)}
        run_deployment("review/aboveboard", parameters=told, timeout=0, as_subflow=False)


def unfinished(name: str, *states: StateType) -> list[FlowRun]:
    """Return the runs of a flow that are in one of these states."""
    with get_client(sync_client=True) as client:
        return client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[name])),
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=OfType(any_=list(states)))),
        )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python flows/sweep.py WORKSPACE")
    sys.exit(not sweep(Path(sys.argv[1]), return_state=True).is_completed())
