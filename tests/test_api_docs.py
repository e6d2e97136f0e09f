"""Every example of docs/api.md, run by a shell against a desk that is served for it."""

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import uvicorn
from desk_parts import served
from running_parts import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = [one.removeprefix("$ ") for block in BLOCKS for one in re.split(r"\n(?=\$ )", block.strip())]


@pytest.fixture
def address(tmp_path):
    with served(tmp_path / "workspace") as desk:
        server = uvicorn.Server(uvicorn.Config(desk.app, port=0, log_level="warning"))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            threading.Event().wait(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield desk, f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join()


def test_every_example_does_what_it_says(address, tmp_path):
    desk, here = address
    waiting = desk.flagged()
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    given = os.environ | {"DESK": here, "TOKEN": desk.tokens["reviewer"], "PATH": tools}
    script = "set -e -o pipefail\n" + "\n".join(f"{command}\necho" for command in COMMANDS)
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=given, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    assert len(answers) == sum(command.startswith("curl") for command in COMMANDS)
    assert len(desk.project.store.decisions(waiting.id)) == len(waiting.decisions) + 1
    assert answers[-4] == answers[-3] and answers[-2]["verdict"] == "pass"


def test_every_refusal_and_every_route_is_told():
    for route in (
        "/campaigns",
        "/assets",
        "/decisions",
        "/check",
        "/policy/rules/{id}",
        "/ledger",
        "/pictures/{digest}",
    ):
        assert route in PAGE
