"""The flows on Prefect for real: a server of its own, asked through its API what it was told."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from uuid import UUID

import httpx
import pytest
from running_parts import HONEST, ROOT, TRUE, a_workspace, command, cue

PRESSING = "Only 2 left, ends tonight! Grab your kettle now."
ENDINGS = {"COMPLETED", "FAILED", "CRASHED"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def prefect(tmp_path_factory):
    """Return the API of a Prefect server on SQLite, as a user would start one."""
    home, port = tmp_path_factory.mktemp("prefect"), free_port()
    api = f"http://127.0.0.1:{port}/api"
    told = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port), "--no-ui"]
    settings = {"PREFECT_HOME": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_API_URL": api}
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(told, env=os.environ | settings, stdout=log, stderr=log, start_new_session=True)
    wait_for(lambda: httpx.get(f"{api}/health").is_success, seconds=120)
    yield {"PREFECT_API_URL": api, "PREFECT_HOME": str(home)}
    os.killpg(server.pid, signal.SIGTERM)
    server.wait(30)


def wait_for(true, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            if true():
                return
        time.sleep(0.2)
    raise AssertionError("it didn't come")


def asked(prefect, what, **body):
    answer = httpx.post(f"{prefect['PREFECT_API_URL']}/{what}/filter", json=body)
    return answer.raise_for_status().json()


def flow(name, *arguments, cwd, **env):
    """Run a flow's file as its docstring says."""
    script = str(ROOT / "flows" / f"{name}.py")
    env = os.environ | env | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, script, *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def produced(prefect, tmp_path_factory):
    """Return the workspace, the run's output and its flow run, of one held back and two cleared."""
    folder = a_workspace(tmp_path_factory.mktemp("here"), (cue(PRESSING), *HONEST[1:]))
    done = command("produce", "brief.json", cwd=folder, **prefect)
    (run,) = asked(prefect, "flow_runs", sort="START_TIME_DESC", limit=1)
    return folder, done, run


@pytest.mark.slow
def test_a_flow_run_is_named_after_its_brief_and_says_what_came_of_it(produced):
    _, done, run = produced
    assert done.returncode == 0, done.stderr
    assert run["name"] == "produce brief"
    assert (run["state"]["type"], run["state"]["message"]) == ("COMPLETED", "2 cleared, 1 blocked")
    assert "2 cleared, 1 blocked" in done.stdout


@pytest.mark.slow
def test_tasks_are_named_after_their_slots_and_complete(prefect, produced):
    run = produced[2]
    slots = [f"2027-05-0{day}-mastodon-en a" for day in range(3, 10)]
    wanted = {"task_runs": {"flow_run_id": {"any_": [run["id"]]}}}
    wait_for(lambda: all(t["state_type"] in ENDINGS for t in asked(prefect, "task_runs", **wanted)))
    tasks = {task["name"]: task["state_type"] for task in asked(prefect, "task_runs", **wanted)}
    assert len(tasks) == 9 and set(tasks.values()) == {"COMPLETED"}
    assert {name.split(" ", 1)[0] for name in tasks} == {"write", "illustrate", "inspect"}
    assert all(name.split(" ", 1)[1] in slots for name in tasks)


@pytest.mark.slow
def test_the_verdicts_are_an_artifact_without_the_words(prefect, produced):
    run = produced[2]
    (artifact,) = asked(prefect, "artifacts", flow_runs={"id": {"any_": [run["id"]]}})
    assert artifact["key"] == "verdicts" and artifact["description"] == "2 cleared, 1 blocked"
    assert "× blocked" in artifact["data"] and "false-scarcity" in artifact["data"]
    assert PRESSING not in artifact["data"] and "copper" not in artifact["data"]


@pytest.mark.slow
def test_logs_name_slots_and_verdicts_and_hold_no_copy(prefect, produced):
    UUID(produced[2]["id"])
    wait_for(lambda: len(asked(prefect, "logs")) > 10)
    said = "\n".join(entry["message"] for entry in asked(prefect, "logs"))
    assert "mastodon-en a inspected: pass" in said and "inspected: block (" in said
    assert not [text for text in (PRESSING, *TRUE) if text in said]


@pytest.mark.slow
def test_release_is_a_flow_of_its_own(prefect, produced):
    done = flow("release", "kettle-week", cwd=produced[0], **prefect)
    (run,) = asked(prefect, "flow_runs", sort="START_TIME_DESC", limit=1)
    assert done.returncode == 0, done.stderr
    assert (run["name"], run["state"]["message"]) == ("release kettle-week", "2 cleared, 1 blocked")


@pytest.mark.slow
def test_a_brief_with_mistakes_fails_the_flow_and_the_command_in_our_own_words(prefect, tmp_path):
    folder = a_workspace(tmp_path)
    (folder / "brief.yaml").write_text("campaign: spring\nvoices: 3\n", encoding="utf-8")
    done = command("produce", "brief.yaml", cwd=folder, **prefect)
    (run,) = asked(prefect, "flow_runs", sort="START_TIME_DESC", limit=1)
    assert (done.returncode, run["state"]["type"]) == (2, "FAILED")
    assert "brief.yaml:2" in run["state"]["message"] and "brief.yaml:2" in done.stderr
    assert "Traceback" not in run["state"]["message"] + done.stderr


@pytest.mark.slow
def test_even_one_draft_at_a_time_ends_and_json_stays_json(prefect, tmp_path):
    folder = a_workspace(tmp_path / "here", toml='text_model = "scripted:script.jsonl"\nconcurrency = 1\n')
    done = command("produce", "brief.json", "--json", cwd=folder, **prefect)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert [one["state"] for one in json.loads(done.stdout)["drafts"]] == ["cleared"] * 3


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_one_clear_error(tmp_path):
    nobody = f"http://127.0.0.1:{free_port()}/api"
    done = command("produce", "brief.json", cwd=a_workspace(tmp_path), PREFECT_API_URL=nobody)
    assert done.returncode == 2 and nobody in done.stderr and "--no-prefect" in done.stderr


def test_where_no_server_is_named_nothing_of_prefect_is_loaded(tmp_path):
    folder = a_workspace(tmp_path)
    code = "import sys\nfrom aboveboard.cli import app\nsys.argv = ['aboveboard', 'produce', 'brief.json']\n"
    code += "try: app()\nfinally: print('prefect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1] == "False", done.stderr


def test_each_deployment_names_a_flow_that_is_there():
    import yaml

    told = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    entrypoints = [one["entrypoint"].split(":") for one in told["deployments"]]
    named = {function for _, function in entrypoints}
    assert named == {"produce", "sweep", "recall", "review", "release", "tell"}
    for path, function in entrypoints:
        assert f"\ndef {function}(" in (ROOT / path).read_text(encoding="utf-8")
