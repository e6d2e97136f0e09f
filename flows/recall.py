"""Recall: send back to the queue what was cleared and no longer stands. Quiet where all does.

python flows/recall.py WORKSPACE
"""

import sys
from pathlib import Path

import aboveboard  # noqa: F401  (first: it turns telemetry off, Prefect's too)

# isort: split
from prefect import State, flow, get_run_logger
from prefect.states import Completed, Failed

from aboveboard import recalling
from aboveboard.errors import AboveboardError
from aboveboard.project import open_project


@flow(name="recall", persist_result=False)
def recall(workspace: Path = Path(".")) -> State[int]:
    """Look at all that is cleared again, by today's briefs and the policy in force."""
    try:
        with open_project(workspace) as project:
            back = recalling.recall(project)
    except AboveboardError as error:
        return Failed(message=str(error), data=error)
    for one, _ in back:
        get_run_logger().warning("%s of %s waits again", one.judged.draft.slot.id, one.campaign)
    return Completed(message=f"{len(back)} recalled" if back else "all stands", data=len(back))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python flows/recall.py WORKSPACE")
    sys.exit(not recall(Path(sys.argv[1]), return_state=True).is_completed())
