"""Run the command line as a person or a script would: in a process, in a pipe or on a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from aboveboard.cli import app

Done = subprocess.CompletedProcess[bytes]
COMMAND = [sys.executable, "-m", "aboveboard"]


def run(*words: object, **more: Any) -> Result:
    """Run a command in this process, its output in a pipe."""
    return CliRunner().invoke(app, [str(word) for word in words], prog_name="aboveboard", **more)


def piped(*words: object, cwd: Path | None = None, given: bytes = b"", **env: str) -> Done:
    """Run a command in a process of its own, its output in a pipe."""
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(command, cwd=cwd, input=given, capture_output=True, env=os.environ | env, check=False)


def on_terminal(*words: object, cwd: Path | None = None, columns: int = 100) -> str:
    """Run a command on a terminal of its own; return everything it showed."""
    ours, theirs = pty.openpty()
    env = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "CI"}}
    env |= {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "40"}
    command = [*COMMAND, *map(str, words)]
    with subprocess.Popen(command, cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs, env=env):
        os.close(theirs)
        return b"".join(_all(ours)).decode("utf-8").replace("\r\n", "\n")


def _all(handle: int) -> list[bytes]:
    shown = []
    try:
        while data := os.read(handle, 65_536):
            shown.append(data)
    except OSError:  # Linux says so when the other side has closed
        pass
    os.close(handle)
    return shown
