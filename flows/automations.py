"""What Prefect does by itself about our runs. Running this again changes nothing.

python flows/automations.py

A run whose worker was killed gives no more sign of life: it is marked as crashed, for nothing else would. A run
that failed, crashed or is late is told to whom ABOVEBOARD_ESCALATE or ABOVEBOARD_NOTIFY names, by `flows/tell.py`.
"""

from datetime import timedelta
from typing import cast

import aboveboard  # noqa: F401  (first: it turns telemetry off, Prefect's too)

# isort: split
from prefect.automations import Automation
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

FLOWS = ["produce", "sweep", "recall", "review", "release"]
ENDS = ["Completed", "Failed", "Cancelled", "Crashed", "Suspended", "Paused"]
SILENT = timedelta(seconds=90)  # Prefect's shortest heartbeat is thirty
BEAT = "prefect.flow-run.heartbeat"


def silent_runs() -> Automation:
    """Mark a run as crashed that gave a sign of life and then, for a while, no more."""
    return Automation(
        name="Aboveboard: a silent run has crashed",
        trigger=EventTrigger(
            match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
            after={BEAT},
            expect={BEAT, *(f"prefect.flow-run.{end}" for end in ENDS)},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=SILENT,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message="It gave no more sign of life.")],
    )


def troubled_runs() -> Automation:
    """Tell people of a run that failed, crashed or didn't start in time."""
    with get_client(sync_client=True) as client:
        tell = client.read_deployment_by_name("tell/aboveboard").id
    said = {"__prefect_kind": "jinja", "template": "{{ flow_run.name }}: {{ flow_run.state.name }}"}
    flows = ResourceSpecification({"prefect.resource.role": "flow", "prefect.resource.name": FLOWS})
    return Automation(
        name="Aboveboard: trouble is told",
        trigger=EventTrigger(
            match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
            match_related=flows,
            expect={f"prefect.flow-run.{end}" for end in ("Failed", "Crashed", "Late")},
            for_each={"prefect.resource.id"},
            posture=Posture.Reactive,
            threshold=1,
            within=timedelta(0),
        ),
        actions=[RunDeployment(source="selected", deployment_id=tell, parameters={"what": said})],
    )


def put_in_force(wanted: Automation) -> None:
    """Make an automation, or make the one of its name what it should be."""
    try:
        there = cast(Automation, Automation.read(name=wanted.name))
    except ValueError:  # there is none
        wanted.create()
        return
    wanted.id = there.id
    wanted.update()


if __name__ == "__main__":
    for automation in (silent_runs(), troubled_runs()):
        put_in_force(automation)
