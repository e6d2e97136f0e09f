"""How often the guards stop what nobody should mind: news headlines, and the honest captions cues grew up with."""

import random
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from aboveboard.finding import Copy
from bench.copies import NOON, honest
from bench.layers import Layer, stops
from bench.scoring import share
from bench.section import Section, Table

HEADLINES = 2000
LEARNED = "0123"  # headlines whose sha256 begins so may stand in the training set


def headlines(data: Path, seed: int, count: int = HEADLINES) -> list[str]:
    """Return news headlines that no training has seen, a seeded sample."""
    lines = (data / "clickbait" / "non_clickbait_data").read_text(encoding="utf-8").splitlines()
    unseen = sorted({line.strip() for line in lines if line.strip() and _digest(line.strip())[0] not in LEARNED})
    return random.Random(seed).sample(unseen, min(count, len(unseen)))


def _digest(line: str) -> str:
    return sha256(line.encode()).hexdigest()


def measure(layers: Mapping[str, Layer], data: Path | None, seed: int, quick: bool) -> Section:
    """Return the share that every layer stops; without `data` the headlines are left out, and it says so."""
    sources = {"honest captions of tests/honest": honest()}
    if data:
        chosen = headlines(data, seed, 200 if quick else HEADLINES)
        sources["news headlines"] = [Copy(text=text, at=NOON) for text in chosen]
    rates = {
        (source, name): share(stops(layer, copy) for copy in copies)
        for source, copies in sources.items()
        for name, layer in layers.items()
    }
    last = list(layers)[-1]
    found = {source: rates[source, last].rate for source in sources}
    return Section(
        name="ordinary",
        title="What nobody should mind",
        tables=(
            Table(
                title="Flag rate on ordinary texts",
                says=f"Share with a finding of review or more. Headlines: a sample with seed {seed} of "
                "Chakraborty et al. 2016, those with a sha256 that begins with 0 to 3 left out (training may use "
                "them), without facts. The honest captions are a development set: a floor, not an estimate.",
                columns=("texts", *layers),
                rows=tuple((source, *(rates[source, name] for name in layers)) for source in sources),
            ),
        ),
        figures={source.split()[-1]: rate for source, rate in found.items() if rate is not None},
        skipped=() if data else ("News headlines: ../shared/data is not here.",),
    )
