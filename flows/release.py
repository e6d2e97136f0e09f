"""Release: bundle what the guards or a reviewer have cleared by now. Safe to run any number of times.

python flows/release.py spring-refill
"""

import sys
from pathlib import Path

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from aboveboard import producing
from aboveboard.producing import Produced
from aboveboard.project import open_project
from aboveboard.summary import as_markdown


@flow(name="release", flow_run_name="release {campaign}")
def release(campaign: str, workspace: Path = Path(".")) -> Produced:
    """Write the campaign's bundle anew with everything that is cleared now."""
    with open_project(workspace) as project:
        done = producing.release(project, project.find_plan(campaign))
    create_markdown_artifact(as_markdown(done), key="verdicts", description=f"{done.plan.brief.campaign}")
    return done


if __name__ == "__main__":
    release(sys.argv[1])
