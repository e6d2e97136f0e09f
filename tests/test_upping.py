"""`aboveboard up` for real: a Prefect server, deployments, a worker and the desk by one command, and stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psutil
import pytest
import yaml
from bundling import BRIEF, workspace
from running_parts import ROOT
from test_flows import free_port

from aboveboard.project import open_project
from aboveboard.review import decide
from aboveboard.upping import parts, surroundings

pytestmark = pytest.mark.slow


class Running(NamedTuple):
    """What was started: its process, its workspace, its addresses."""

    process: "subprocess.Popen[str]"
    root: Path
    desk: str
    api: str

    def asked(self, what: str, **body: Any) -> Any:
        return httpx.post(f"{self.api}/{what}/filter", json=body, timeout=30).raise_for_status().json()

    def run_of(self, flow: str, **parameters: Any) -> str:
        """Start a deployment and return its run's id."""
        (found,) = [one for one in self.asked("deployments") if one["entrypoint"] == f"flows/{flow}.py:{flow}"]
        told = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        place = f"{self.api}/deployments/{found['id']}/create_flow_run"
        # A busy server on SQLite answers 503 now and then, and Prefect's own client asks again.
        made = until(lambda: httpx.post(place, json=told, timeout=30).raise_for_status())
        return str(made.json()["id"])

    def state_of(self, run: str) -> tuple[str, str]:
        told = httpx.get(f"{self.api}/flow_runs/{run}", timeout=30).json()["state"]
        return told["type"], told["message"] or ""

    def runs_of(self, name: str) -> list[Any]:
        return [one for one in self.asked("flow_runs", flows={"name": {"any_": [name]}})]


def until(true: Any, seconds: float = 120.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            if found := true():
                return found
        time.sleep(0.5)
    raise AssertionError("it didn't come")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    root = workspace(tmp_path_factory.mktemp("up") / "work")
    (root / "briefs").mkdir()
    desk, prefect = free_port(), free_port()
    told = [sys.executable, "-m", "aboveboard", "up", "-w", str(root), "--port", str(desk)]
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    env |= {"PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5"}  # a minute, else
    process = subprocess.Popen(
        [*told, "--prefect-port", str(prefect), "--timezone", "Europe/Berlin"], env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    running = Running(process, root, f"http://127.0.0.1:{desk}", f"http://127.0.0.1:{prefect}/api")
    said = []
    while "welcome" not in "".join(said):
        line = process.stdout.readline()
        assert line, "".join(said)
        said.append(line)
    yield running
    process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(60)
    process.kill()


def test_the_desk_answers_and_prefect_has_the_schedules(whole: Running) -> None:
    assert httpx.get(f"{whole.desk}/sign-in").status_code == 200
    deployments = {one["entrypoint"]: one for one in whole.asked("deployments")}
    assert {
        f"flows/{name}.py:{name}" for name in ("produce", "sweep", "recall", "review", "release", "tell")
    } == set(deployments)
    (schedule,) = deployments["flows/sweep.py:sweep"]["schedules"]
    assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == ("*/5 * * * *", "Europe/Berlin")
    names = {one["name"] for one in whole.asked("automations")}
    assert names == {"Aboveboard: a silent run has crashed", "Aboveboard: trouble is told"}


def test_the_server_writes_down_the_runs_its_schedules_ask_for(whole: Running) -> None:
    assert until(lambda: whole.asked("flow_runs", flow_runs={"state": {"name": {"any_": ["Scheduled"]}}}))


def test_a_brief_dropped_into_the_folder_is_produced_waits_visibly_and_is_released_when_decided(
    whole: Running,
) -> None:
    told = yaml.safe_dump(BRIEF | {"images": None})
    (whole.root / "briefs" / "tap-week.yaml").write_text(told, encoding="utf-8")
    swept = whole.run_of("sweep")
    until(lambda: whole.state_of(swept) == ("COMPLETED", "1 to produce"))
    (produced,) = until(lambda: whole.runs_of("produce"))
    until(lambda: whole.state_of(produced["id"])[0] == "COMPLETED")
    assert (whole.root / "outputs" / "tap-week" / "latest" / "plan.json").is_file()
    again = whole.run_of("sweep")
    until(lambda: whole.state_of(again) == ("COMPLETED", "nothing to do"))
    (waits,) = until(lambda: whole.runs_of("review"))
    until(lambda: whole.state_of(waits["id"])[0] == "PAUSED")
    with open_project(whole.root) as project:
        for one in project.store.queue("tap-week"):
            decide(project.store, one.name, "reject", actor="Bo", role="reviewer", policy=project.policy_digest)
    whole.run_of("sweep")
    until(lambda: whole.state_of(waits["id"])[0] == "COMPLETED")
    assert len(whole.runs_of("produce")) == 1


def test_a_run_that_fails_is_told_of_by_the_automation(whole: Running) -> None:
    failed = whole.run_of("release", campaign="no-such-campaign", workspace=str(whole.root))
    until(lambda: whole.state_of(failed)[0] == "FAILED")
    (told,) = until(lambda: whole.runs_of("tell"))
    until(lambda: whole.state_of(told["id"])[0] == "COMPLETED")
    assert "release no-such-campaign" in told["parameters"]["what"]


def test_a_worker_that_falls_over_is_started_again(whole: Running) -> None:
    def worker() -> int:
        children = psutil.Process(whole.process.pid).children(recursive=True)
        for one in children:
            with suppress(psutil.Error):  # it has just ended
                if "worker" in one.cmdline():
                    return one.pid
        return 0

    first = until(worker)
    os.kill(first, signal.SIGKILL)
    assert until(lambda: worker() not in (0, first))


def test_it_stops_cleanly_and_leaves_nobody_behind(whole: Running) -> None:
    children = psutil.Process(whole.process.pid).children(recursive=True)
    assert len(children) >= 3
    whole.process.send_signal(signal.SIGTERM)
    assert whole.process.wait(60) == 0
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def test_every_part_is_told_to_be_quiet_and_keeps_to_this_machine(tmp_path: Path) -> None:
    env = surroundings(tmp_path, 4200, 2, "UTC")
    assert env["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false" and env["DO_NOT_TRACK"] == "1"
    assert env["PREFECT_HOME"].startswith(str(tmp_path)) and env["PREFECT_SERVER_API_HOST"] == "127.0.0.1"
    assert [part.name for part in parts(tmp_path, 8400, 2)] == ["worker-1", "worker-2", "desk"]
