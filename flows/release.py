"""Release: bundle what the guards or a reviewer have cleared by now. Safe to run any number of times.

python flows/release.py spring-refill
"""

import sys
from pathlib import Path

import aboveboard  # noqa: F401  (first: it turns telemetry off, Prefect's too)

# isort: split
from prefect import State, flow
from prefect.artifacts import create_markdown_artifact
from prefect.states import Completed, Failed

from aboveboard import producing
from aboveboard.errors import AboveboardError
from aboveboard.producing import Produced
from aboveboard.project import open_project
from aboveboard.summary import as_markdown, in_short


@flow(name="release", flow_run_name="release {campaign}", persist_result=False)
def release(campaign: str, workspace: Path = Path(".")) -> State[Produced]:
    """Write the campaign's bundle anew with everything that is cleared now."""
    try:
        with open_project(workspace) as project:
            done = producing.release(project, project.find_plan(campaign))
    except AboveboardError as error:
        return Failed(message=str(error), data=error)
    create_markdown_artifact(as_markdown(done), key="verdicts", description=in_short(done))
    return Completed(message=in_short(done), data=done)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python flows/release.py CAMPAIGN")
    sys.exit(not release(sys.argv[1], return_state=True).is_completed())
