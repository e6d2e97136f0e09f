"""Review: wait, suspended, for the people at the desk, then bundle what they cleared.

Nothing sleeps meanwhile: a suspended run holds no process. `flows/sweep.py` starts one for each campaign that
waits for people, and resumes it when they have decided; so whoever looks at Prefect sees whom the work waits for.
"""

from datetime import timedelta
from pathlib import Path

import aboveboard  # noqa: F401  (first: it turns telemetry off, Prefect's too)

# isort: split
from prefect import State, flow, get_run_logger, suspend_flow_run
from prefect.states import Completed, Failed

from aboveboard import producing
from aboveboard.errors import AboveboardError
from aboveboard.leafing import counts
from aboveboard.project import open_project
from aboveboard.summary import in_short

PATIENCE = timedelta(days=30)


@flow(name="review", flow_run_name="review {campaign}", persist_result=False)
def review(campaign: str, workspace: Path = Path(".")) -> State[None]:
    """Suspend while posts of a campaign wait for a person; release it when none does."""
    try:
        with open_project(workspace) as project:
            plan = project.find_plan(campaign)
            if waits := counts(project.store.engine).get(plan, {}).get("flagged", 0):
                get_run_logger().info("%s: %d posts wait for a person. The desk shows them.", campaign, waits)
                suspend_flow_run(timeout=int(PATIENCE.total_seconds()))
            done = producing.release(project, plan)
    except AboveboardError as error:
        return Failed(message=str(error), data=error)
    return Completed(message=in_short(done))
