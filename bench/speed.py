"""How long the guards take and what memory they add: each layer in a process of its own, on one thread.

`python -m bench.speed LAYER SPLIT SECONDS` prints one JSON object; `python -m bench.speed parts SPLIT` another,
with the processor time of the steps before the network: claims, all rules with them, the encoding.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import psutil

from aboveboard.finding import Copy
from aboveboard.policy import Policy
from bench.section import Section, Table

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TOKENIZERS_PARALLELISM"), "1"
) | {"TOKENIZERS_PARALLELISM": "false"}
BATCH = 64
PROCESSES = 2


def measure(layers: Sequence[str], split: str, quick: bool) -> Section:
    """Return latency and memory of each layer, and the captions a minute of two processes with the fullest one."""
    seconds = 3.0 if quick else 20.0
    alone = {name: _run(name, split, seconds) for name in layers}
    pace = sum(one["captions_a_minute"] for one in _run_together(layers[-1], split, seconds))
    added = _added(alone)
    last, first = alone[layers[-1]], alone[layers[0]]
    return Section(
        name="speed",
        title="Time and memory",
        tables=(_latency(alone, split), _memory(added, alone), _bulk(pace, layers[-1])),
        figures={
            "ms, all layers": last["alone_ms"]["mean"],
            "ms, rules": first["alone_ms"]["mean"],
            "captions a minute": pace,
            "MB added": last["after_mb"] - last["before_mb"],
            "torch imported": float(any(one["torch"] for one in alone.values())),
        },
    )


def _latency(alone: Mapping[str, dict[str, Any]], split: str) -> Table:
    rows = [
        (name, way, told[key]["mean"], told[key]["p50"], told[key]["p95"], told[key]["cpu"])
        for name, told in alone.items()
        for way, key in (("1", "alone_ms"), (f"{BATCH}", "batch_ms"))
    ]
    return Table(
        title="Milliseconds a caption",
        says=f"{alone[next(iter(alone))]['captions']} captions of {split}, each new to the process (the "
        "guards are warm from other captions), one thread; "
        f"a batch of {BATCH} is timed as a whole and shared out. Processor time leaves out other programs.",
        columns=("layer", "batch", "mean", "p50", "p95", "mean, processor time"),
        rows=tuple(rows),
    )


def _added(alone: Mapping[str, dict[str, Any]]) -> dict[str, float]:
    """Return what each layer adds to the one under it."""
    added, under = {}, 0.0
    for name, told in alone.items():
        added[name] = told["after_mb"] - told["before_mb"] - under
        under += added[name]
    return added


def _memory(added: Mapping[str, float], alone: Mapping[str, dict[str, Any]]) -> Table:
    return Table(
        title="Resident memory",
        says="Megabytes that opening the layer and judging all captions adds to a process with the captions in "
        "it; a layer without those under it.",
        columns=("layer", "MB added", "whole process, MB", "torch imported"),
        rows=tuple(
            (name, round(mb), round(alone[name]["after_mb"]), "yes" if alone[name]["torch"] else "no")
            for name, mb in added.items()
        ),
    )


def _bulk(pace: float, layer: str) -> Table:
    return Table(
        title="Captions a minute in bulk",
        says=f"{PROCESSES} processes at once, one thread each, layer: {layer}.",
        columns=("captions a minute",),
        rows=((round(pace),),),
    )


def _start(layer: str, split: str, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.speed", layer, split, str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **ONE_THREAD})


def _told(process: subprocess.Popen[str]) -> dict[str, Any]:
    said, _ = process.communicate()
    assert process.returncode == 0, said
    told: dict[str, Any] = json.loads(said.splitlines()[-1])
    return told


def _run(layer: str, split: str, seconds: float) -> dict[str, Any]:
    return _told(_start(layer, split, seconds))


def _run_together(layer: str, split: str, seconds: float) -> list[dict[str, Any]]:
    return [_told(process) for process in [_start(layer, split, seconds) for _ in range(PROCESSES)]]


def judge_alone(name: str, split: str, seconds: float) -> dict[str, Any]:
    """Return what one layer takes in this process, which must be fresh."""
    from bench.copies import honest
    from training.corpus import Split, load

    copies = [caption.copy_ for caption in load(cast(Split, split))]
    others = honest()
    before = _resident()
    from bench.layers import open_layers

    layer = open_layers()[name]
    for copy in others:
        layer.inspect(copy)
    half = len(copies) // 2
    alone = _timed(layer.inspect, copies[:half], seconds / 2)
    batches = [copies[start : start + BATCH] for start in range(half, len(copies), BATCH)]
    batch = _timed(layer.inspect_all, batches, seconds / 2)
    shared = [(a / len(some), b / len(some)) for (a, b), some in zip(batch, batches, strict=False)]
    return {
        "captions": len(alone),
        "alone_ms": _spread(alone),
        "batch_ms": _spread(shared),
        "captions_a_minute": 60_000 / _spread(shared)["mean"],
        "before_mb": before,
        "after_mb": _resident(),
        "torch": "torch" in sys.modules,
    }


def judge_in_parts(split: str) -> dict[str, Any]:
    """Return the processor's milliseconds for each step before the network, on captions new to this process.

    The patterns are warm from other captions; texts and facts are read for the first time.
    """
    from bench.copies import honest
    from training.corpus import Split, load

    others = [*honest(), *(caption.copy_ for caption in load("train" if split == "dev" else "dev"))]
    copies = [caption.copy_ for caption in load(cast(Split, split))]
    before = _resident()
    from aboveboard.rulebook import load_policy

    policy, tokenizer = load_policy(), _tokenizer()
    for copy in others:
        _parts(policy, tokenizer, copy)
    taken = [_parts(policy, tokenizer, copy) for copy in copies]
    figures = {name: _spread([(one[name], one[name]) for one in taken]) for name in taken[0]}
    return {"captions": len(copies), "cpu_ms": figures, "mb": _resident() - before}


def _parts(policy: Policy, tokenizer: Any, copy: Copy) -> dict[str, float]:
    """Return how long each step takes, with those before it; the rules find the claims made already."""
    from aboveboard.claims import claims_of
    from aboveboard.encoding import encode
    from aboveboard.guarding import run_rules
    from aboveboard.guards.classifier import the_card

    began = time.process_time()
    claims_of(copy)
    claimed = time.process_time()
    inspection = run_rules(policy, copy)
    ends = {"claims": claimed, "rules and claims": time.process_time()}
    if tokenizer:
        encode(tokenizer, copy, inspection, the_card().codes)
        ends["rules, claims and encoding"] = time.process_time()
    return {name: (end - began) * 1000 for name, end in ends.items()}


def _tokenizer() -> Any:
    """Return the tokenizer of the classifier, or None where the package was built without it."""
    from tokenizers import Tokenizer

    from aboveboard.guards.classifier import FOLDER, weights

    return Tokenizer.from_str((FOLDER / "tokenizer.json").read_text(encoding="utf-8")) if weights() else None


def _timed(judge: Callable[[Any], object], told: Sequence[Any], seconds: float) -> list[tuple[float, float]]:
    """Return the milliseconds, by the clock and of the processor, that each of `told` took within `seconds`."""
    times, until = [], time.perf_counter() + seconds
    for one in told:
        began, worked = time.perf_counter(), time.process_time()
        judge(one)
        times.append(((time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000))
        if time.perf_counter() > until:
            break
    return times


def _spread(times: Sequence[tuple[float, float]]) -> dict[str, float]:
    ordered = sorted(clock for clock, _ in times)
    middle, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
    return {
        "mean": sum(ordered) / len(ordered),
        "p50": middle,
        "p95": late,
        "cpu": sum(c for _, c in times) / len(times),
    }


def _resident() -> float:
    return float(psutil.Process().memory_info().rss) / 1_000_000


if __name__ == "__main__":
    asked, split, *seconds = sys.argv[1:]
    print(json.dumps(judge_in_parts(split) if asked == "parts" else judge_alone(asked, split, float(seconds[0]))))
