"""Kill `aboveboard produce` at random moments, run it again, and compare with a run nobody disturbed."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aboveboard.bundle import CHECKSUMS
from aboveboard.imaging.credentials import read
from aboveboard.verifying import PICTURES

CLOCK = "1798761600"  # times of day are made once; a fixed clock lets two workspaces make the same


@contextmanager
def fake_server(log: Path, latency_ms: int) -> Iterator[str]:
    """Run the fake OpenAI server and yield its address."""
    command = [
        sys.executable,
        "-m",
        "bench.fake_openai_server",
        "--latency-ms",
        str(latency_ms),
        "--log",
        str(log),
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    try:
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.wait()


def workspace(folder: Path, brief: Path) -> Path:
    """Make a workspace with one brief in it."""
    folder.mkdir(parents=True)
    (folder / "aboveboard.toml").write_text("", encoding="utf-8")
    shutil.copy(brief, folder / "brief.yaml")
    return folder


def start(folder: Path, url: str) -> subprocess.Popen[bytes]:
    """Start `aboveboard produce` in `folder`."""
    told = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "fake", "ABOVEBOARD_TEXT_MODEL": "openai:fake"}
    return subprocess.Popen(
        [sys.executable, "-m", "aboveboard", "produce", "brief.yaml", "--as", "bench"],
        cwd=folder,
        env={**os.environ, **told, "SOURCE_DATE_EPOCH": CLOCK},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def bundle_digest(folder: Path) -> str:
    """Return one digest over the names and bytes of every file of the newest bundle, but for the signatures.

    No two signatures are the same bytes, even with one key. A picture counts without its own, therefore, and the
    checksums, which are taken over signed pictures, don't count.
    """
    latest = next((folder / "outputs").glob("*/latest")).resolve()
    whole = hashlib.sha256()
    for name, data in unsigned_files(latest).items():
        whole.update(name.encode() + data)
    return whole.hexdigest()


def unsigned_files(bundle: Path) -> dict[str, bytes]:
    """Return every file of a bundle by its path inside it: pictures without their signatures, no checksums."""
    found = {str(path.relative_to(bundle)): path for path in sorted(bundle.rglob("*")) if path.is_file()}
    return {
        name: read(path.read_bytes(), PICTURES[path.suffix]).bare if path.suffix in PICTURES else path.read_bytes()
        for name, path in found.items()
        if name != CHECKSUMS
    }


def requests_seen(log: Path, since: int = 0) -> Counter[str]:
    """Return how often the server saw each distinct request, beginning at line `since` of its log."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return Counter(json.loads(line)["digest"] for line in lines[since:])


def killed(folder: Path, url: str, moment: Callable[[], bool]) -> bool:
    """Produce, kill -9 once `moment` has come, produce again to the end; return whether the kill came in time."""
    run = start(folder, url)
    while run.poll() is None and not moment():
        time.sleep(0.002)
    in_time = run.poll() is None
    run.send_signal(signal.SIGKILL)
    run.communicate()
    finish(start(folder, url))
    return in_time


def finish(run: "subprocess.Popen[bytes]") -> None:
    """Wait for a run; where it failed, leave with what it said."""
    _, errors = run.communicate()
    if run.returncode:
        raise SystemExit(f"aboveboard produce failed: {errors.decode()}")


def after(seconds: float) -> Callable[[], bool]:
    """Return a moment that comes in so many seconds."""
    due = time.monotonic() + seconds
    return lambda: time.monotonic() >= due


def kill_at_random(brief: Path, times: int, seed: int, latency_ms: int = 400) -> dict[str, object]:
    """Kill at `times` random moments of a run; return how often bytes differed or a request was seen twice."""
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as where, fake_server(Path(where) / "log", latency_ms) as url:
        root = Path(where)
        began = time.perf_counter()
        finish(start(workspace(root / "whole", brief), url))
        took = time.perf_counter() - began
        expected = bundle_digest(root / "whole")
        results: list[tuple[bool, bool, int]] = []
        while sum(in_time for in_time, _, _ in results) < times and len(results) < 2 * times:
            results.append(_one(root, brief, url, moments.uniform(0.2, took), expected))
    return {
        "kills": len(results),
        "seed": seed,
        "undisturbed_s": round(took, 1),
        "killed_in_time": sum(in_time for in_time, _, _ in results),
        "bundles_that_differ": sum(differs for _, differs, _ in results),
        "requests_seen_twice": sum(twice for _, _, twice in results),
    }


def _one(root: Path, brief: Path, url: str, seconds: float, expected: str) -> tuple[bool, bool, int]:
    before = requests_seen(root / "log").total()
    with tempfile.TemporaryDirectory(dir=root) as here:
        folder = workspace(Path(here) / "a run", brief)
        in_time = killed(folder, url, after(seconds))
        differs = bundle_digest(folder) != expected
    seen = requests_seen(root / "log", since=before)
    return in_time, differs, sum(count > 1 for count in seen.values())
