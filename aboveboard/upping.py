"""`aboveboard up`: the whole for one machine. A Prefect server, its deployments, workers, and the desk, together.

Each is the program one would start by hand; this starts them in order, starts again what falls over, and stops
them in the other order. Everything Prefect keeps lies in the workspace, and nothing leaves the machine.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import httpx

from aboveboard.errors import WorkspaceError
from aboveboard.project import open_project
from aboveboard.quiet import SILENT
from aboveboard.shelves import shipped

POOL = "aboveboard"
READY, GRACE = 120.0, 20.0  # seconds: until a server answers, and to end by itself when told to
FALLS = 5  # within FORGIVEN seconds of each other, after which we give up
FORGIVEN = 60.0


class Part(NamedTuple):
    """One program that runs beside the others."""

    name: str
    command: tuple[str, ...]


def up(
    workspace: Path, port: int, prefect_port: int, workers: int, timezone: str, tell: Callable[[str], None]
) -> None:
    """Run the whole until it is told to stop (Ctrl-C, or SIGTERM).

    Raises WorkspaceError where a part doesn't start or keeps falling over; the others are stopped then.
    """
    with open_project(workspace) as project:
        root, logs = project.root, project.kept / "logs"
        project.store  # noqa: B018  (a database that can't be opened is said at once)
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    env = surroundings(root, prefect_port, workers, timezone)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    running: list[Keeper] = []
    try:
        server = Keeper(Part("server", _server(prefect_port)), env, logs)
        running.append(server)
        tell("Starting Prefect …")
        _wait(lambda: httpx.get(f"{env['PREFECT_API_URL']}/health").is_success, server, stop)
        if not stop.is_set():
            deploy(env, logs)
            running += [Keeper(part, env, logs) for part in parts(root, port, workers)]
            tell(f"Prefect at {env['PREFECT_API_URL'].removesuffix('/api')}, {workers} worker(s); logs in {logs}")
            tell(_desk_says(logs / "desk.log", port, running[-1], stop))
        while not stop.wait(1.0):
            for part in running:
                part.look()
    finally:
        for part in reversed(running):
            part.end()
    tell("Stopped.")


def surroundings(root: Path, prefect_port: int, workers: int, timezone: str) -> dict[str, str]:
    """Return the environment of every part: Prefect's home in the workspace, its server here, telemetry off."""
    home = root / ".aboveboard" / "prefect"
    return {
        **os.environ,
        **SILENT,
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{prefect_port}/api",
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",  # so that a run whose worker was killed is seen to be gone
        "PREFECT_WORKER_QUERY_SECONDS": "3",  # the server is on this machine: asking costs next to nothing
        "ABOVEBOARD_WORKSPACE": str(root),
        "ABOVEBOARD_FLOWS": str(shipped("flows").parent),
        "ABOVEBOARD_SHARE": str(workers),
        "ABOVEBOARD_TIMEZONE": timezone,
        "PYTHONPATH": os.pathsep.join(filter(None, [_beside(), os.environ.get("PYTHONPATH", "")])),
    }


def _beside() -> str:
    """Return where this package lies, so that a worker's processes import the same one."""
    return str(Path(__file__).parent.parent)


def parts(root: Path, port: int, workers: int) -> list[Part]:
    """Return what runs beside the server, in the order of starting."""
    worker = _prefect("worker", "start", "--pool", POOL, "--type", "process", "--name")
    desk = (sys.executable, "-m", "aboveboard", "serve", "--workspace", str(root), "--port", str(port))
    return [*(Part(f"worker-{n}", (*worker, f"worker-{n}")) for n in range(1, workers + 1)), Part("desk", desk)]


def deploy(env: Mapping[str, str], logs: Path) -> None:
    """Make the work pool and the deployments of prefect.yaml; doing so again changes nothing."""
    steps = [
        _prefect("work-pool", "create", POOL, "--type", "process", "--overwrite"),
        _prefect("--no-prompt", "deploy", "--all", "--prefect-file", "prefect.yaml"),
        (sys.executable, "flows/automations.py"),
    ]
    with (logs / "deploy.log").open("ab") as log:
        for step in steps:
            done = subprocess.run(
                step, env=dict(env), cwd=env["ABOVEBOARD_FLOWS"], stdout=log, stderr=log, check=False
            )
            if done.returncode:
                raise WorkspaceError(f"Prefect didn't take the deployments. {logs / 'deploy.log'} says why.")


def _server(port: int) -> tuple[str, ...]:
    return (sys.executable, str(shipped("flows") / "server.py"), "server", "start", "--port", str(port))


def _prefect(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "prefect", *words)


class Keeper:
    """A part that runs: started, looked after, ended."""

    def __init__(self, part: Part, env: Mapping[str, str], logs: Path) -> None:
        self.part, self._env, self._log = part, dict(env), logs / f"{part.name}.log"
        self._falls: list[float] = []
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:  # a session of its own: Ctrl-C is for us, and we tell them in order
            return subprocess.Popen(
                self.part.command, env=self._env, stdout=log, stderr=log, start_new_session=True
            )

    def look(self) -> None:
        """Start the part again if it fell over. Raises WorkspaceError where it keeps doing so."""
        if self._process.poll() is None:
            return
        at = time.monotonic()
        self._falls = [fall for fall in self._falls if at - fall < FORGIVEN] + [at]
        if len(self._falls) >= FALLS:
            raise WorkspaceError(f"{self.part.name} keeps stopping. {self._log} says why.")
        self._process = self._start()

    @property
    def fell(self) -> bool:
        return self._process.poll() is not None

    def end(self) -> None:
        """Tell the part to end, and kill it and its children where it doesn't."""
        for told, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE)):
            try:
                os.killpg(self._process.pid, told)
                self._process.wait(patience)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def _wait(ready: Callable[[], bool], part: Keeper, stop: threading.Event) -> None:
    deadline = time.monotonic() + READY
    while not stop.wait(0.3):
        try:
            if ready():
                return
        except (httpx.HTTPError, OSError):
            pass
        if part.fell or time.monotonic() > deadline:
            raise WorkspaceError(f"{part.part.name} doesn't start. Its log, in .aboveboard/logs, says why.")


def _desk_says(log: Path, port: int, desk: Keeper, stop: threading.Event) -> str:
    """Return what the desk says once it answers: its address, and the first link while nobody has an account."""
    _wait(lambda: httpx.get(f"http://127.0.0.1:{port}/sign-in").is_success, desk, stop)
    said = log.read_text(encoding="utf-8", errors="replace")
    return said[max(0, said.rfind("The desk is at")) :].strip()
