"""Nothing leaves this machine: a watchman in every process refuses what tries to, and writes it down."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from running_parts import a_workspace

WATCHMAN = Path(__file__).parent / "watchman"
EVERYTHING = """
import diffusers, guardrails, langchain, langchain_openai, litellm, openai, prefect, torch, transformers
from diffusers import AutoPipelineForText2Image
"""
PRODUCE = (
    "import sys; from aboveboard.cli import app; sys.argv[1:] = ['produce', 'brief.json', '--prefect']; app()"
)
FOLLOWED = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def tried(code: str, folder: Path, *arguments: str, **env: str) -> tuple[list[str], str]:
    """Run `code` under watch; return what tried to leave the machine, in it or its children, and what it said."""
    log = folder / "tried"
    env = {"WATCHMAN_LOG": str(log), "PYTHONPATH": str(WATCHMAN), "PREFECT_HOME": str(folder / "prefect"), **env}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=os.environ | env,
        capture_output=True,
        text=True,
        timeout=540,
    )
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else [], done.stdout + done.stderr


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("import socket; socket.create_connection(('192.0.2.1', 80), 1)", "192.0.2.1"),
        ("import socket; socket.getaddrinfo('telemetry.example', 443)", "getaddrinfo telemetry.example"),
        ("import httpx; httpx.get('https://price-list.example')", "getaddrinfo price-list.example"),
        (
            "import socket as s; s.socket(s.AF_INET, s.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
            "sendto 192.0.2.1",
        ),
    ],
)
def test_the_watchman_sees_whoever_leaves_even_in_a_child(tmp_path, code, seen):
    attempts, _ = tried(FOLLOWED, tmp_path, code)
    assert len(attempts) == 1 and seen in attempts[0]


@pytest.mark.slow
@pytest.mark.embedded
def test_a_full_embedded_run_on_prefect_tries_no_connection_but_to_this_machine(tmp_path):
    """With every library imported that might phone home, and a server that Prefect starts for the run."""
    channels = {"mastodon": {"per_week": 1}, "bluesky": {"per_week": 1}}
    schedule = {"starts": "2027-05-03", "ends": "2027-05-09", "timezone": "Europe/Berlin", "channels": channels}
    folder = a_workspace(tmp_path, toml="# the defaults\n", schedule=schedule, images={})
    attempts, said = tried(f"import aboveboard\n{EVERYTHING}\n{PRODUCE}", folder)
    assert "2 cleared" in said, said[-3000:]
    assert attempts == [] and list(folder.glob("outputs/kettle-week/*/assets/*/image.*"))
