"""Measure the bars and print the table: `python -m bench` (all of ROWS below, or those named).

`python -m bench guards`, `corpus`, `desk`, `scale` and `together` take options of their own: ask with `--help`.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from bench.backdrops import backdrop_rows
from bench.bulk import bulk_rows
from bench.cards import cards_rows
from bench.claims import claims_rows
from bench.killing import fake_server, kill_at_random
from bench.load import LATENCY

Row = tuple[str, str, str]  # what, figure, bar


def cli_rows() -> list[Row]:
    """How soon the command line answers: the median of five runs after a warm one."""
    with tempfile.TemporaryDirectory() as where:
        copy = Path(where) / "one-line.md"
        copy.write_text("The workshop opens at ten on Saturday.\n", encoding="utf-8")
        return [
            ("aboveboard --help", f"{_median('--help'):.2f} s", "0.5 s"),
            ("aboveboard check, a one-line file", f"{_median('check', str(copy)):.2f} s", "1.5 s"),
        ]


def _median(*arguments: str) -> float:
    times = []
    for _ in range(6):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "aboveboard", *arguments], stdout=subprocess.DEVNULL, check=False)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def load_rows() -> list[Row]:
    """200 slots of captions and guards at 400 ms a call, 16 at a time."""
    with tempfile.TemporaryDirectory() as where, fake_server(Path(where) / "log", int(LATENCY * 1000)) as url:
        said = subprocess.run(
            [sys.executable, "-m", "bench.load", url, "10"], stdout=subprocess.PIPE, text=True, check=True
        )
    found = json.loads(said.stdout.splitlines()[-1])
    judged = f"{found['took_s']} s for {found['slots']} slots, {found['calls']} calls: {found['ratio']} × ideal"
    return [
        ("200 slots, fake server at 400 ms, 16 at once", judged, "1.5 × ideal"),
        ("the same with plan guards, record and bundle", f"{found['whole_s']} s", "none"),
        ("memory growth meanwhile", f"{found['memory_growth_mb']} MB", "300 MB"),
        ("opening models, policy and store before that", f"{found['opening_models_s']} s", "none"),
    ]


def kill_rows() -> list[Row]:
    """Kill -9 at 20 random moments, each run again."""
    found = kill_at_random(Path("briefs/spring-refill.yaml"), times=20, seed=2)
    return [
        (f"kill -9 at {found['kills']} random moments, in time", str(found["killed_in_time"]), "20"),
        ("bundles that differ from an undisturbed run", str(found["bundles_that_differ"]), "0"),
        ("requests the server saw twice", str(found["requests_seen_twice"]), "0"),
    ]


ROWS: dict[str, Callable[[], list[Row]]] = {
    "cli": cli_rows,
    "load": load_rows,
    "kill": kill_rows,
    "bulk": bulk_rows,
    "claims": claims_rows,
    "backdrops": backdrop_rows,
    "cards": cards_rows,
}


def main(words: list[str]) -> None:
    """Run the named measurements and print them as one table; what follows `claims` are its options."""
    names, options = [word for word in words if word in ROWS], [word for word in words if word not in ROWS]
    print("| what | measured here | bar |\n|---|---|---|")
    for name in names or list(ROWS):
        rows = claims_rows(options) if name == "claims" else ROWS[name]()
        for row in rows:
            print("| " + " | ".join(row) + " |", flush=True)


OWN = {
    "guards": "bench.guards",
    "corpus": "bench.corpus",
    "desk": "bench.desk",
    "scale": "bench.scale",
    "together": "bench.together",
}  # benchmarks with a command line of their own


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in OWN:
        import_module(OWN[sys.argv[1]]).run(sys.argv[2:])
    else:
        main(sys.argv[1:])
