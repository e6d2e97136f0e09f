"""Tell: say to people that a run is in trouble. Prefect starts this by itself; see `flows/automations.py`."""

from pathlib import Path

import aboveboard  # noqa: F401  (first: it turns telemetry off, Prefect's too)

# isort: split
from prefect import State, flow, get_run_logger
from prefect.states import Completed, Failed

from aboveboard.errors import AboveboardError
from aboveboard.project import open_project
from aboveboard.reminding import tell_of


@flow(name="tell", persist_result=False)
def tell(what: str, workspace: Path = Path(".")) -> State[None]:
    """Send one line to whom `escalate`, else `notify`, names; in the log it stands in any case."""
    get_run_logger().warning("%s", what)
    try:
        with open_project(workspace) as project:
            told = tell_of(project.settings, "A run is in trouble", what)
    except AboveboardError as error:
        return Failed(message=str(error), data=error)
    return Completed(message="told" if told else "nobody is to be told: set ABOVEBOARD_NOTIFY")
