"""Measure how well typed claims are found and weighed on the open corpus: `python -m bench claims --split dev`.

A claim found as contradicted or unsupported is right where it overlaps one that the corpus marks as either; one of
the corpus is found where such a claim overlaps it. Nothing is forgiven: what a label doesn't list counts as wrong.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

from aboveboard.claims import Claim, claims_of
from training.corpus import Caption, Split, TypedClaim, load

KINDS = ("date", "duration", "quantity", "price", "percent")
BAD = ("contradicted", "unsupported")


@dataclass(frozen=True)
class Tally:
    """How many claims there are, how many of them were found, how many were told, how many of those are right."""

    wanted: int
    found: int
    told: int
    right: int

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.wanted + other.wanted,
            self.found + other.found,
            self.told + other.told,
            self.right + other.right,
        )

    @property
    def shown(self) -> str:
        recall = self.found / self.wanted if self.wanted else 0.0
        precision = self.right / self.told if self.told else 0.0
        parts = f"recall {recall:.2f} ({self.found}/{self.wanted})"
        return f"{parts}, precision {precision:.2f} ({self.right}/{self.told})"


def tally(
    caption: Caption, claims: Sequence[Claim], kinds: Sequence[str] = KINDS, standings: Sequence[str] = BAD
) -> Tally:
    """Return the counts of one caption, of claims of these kinds with these standings."""
    marked = [one for one in caption.claims if one.standing in BAD]
    told = [one for one in claims if one.standing in BAD]
    wanted = [one for one in marked if one.kind in kinds and one.standing in standings]
    mine = [one for one in told if one.kind in kinds and one.standing in standings]
    return Tally(
        wanted=len(wanted),
        found=sum(any(_overlap(one, other) for other in told) for one in wanted),
        told=len(mine),
        right=sum(any(_overlap(one, other) for other in marked) for one in mine),
    )


def _overlap(one: Claim | TypedClaim, other: Claim | TypedClaim) -> bool:
    return one.start < other.end and other.start < one.end


def claims_rows(arguments: Sequence[str] = ()) -> list[tuple[str, str, str]]:
    """How many of the corpus's contradicted and unsupported claims are found, how surely, and how fast."""
    parser = argparse.ArgumentParser(prog="python -m bench claims")
    parser.add_argument("--split", choices=("train", "dev", "test"), default="dev")
    split: Split = parser.parse_args(arguments).split
    captions = load(split)
    claims_of(captions[0].copy_)  # compiles the patterns
    copies = [caption.copy_ for caption in captions]
    began = time.process_time()
    told = [claims_of(copy) for copy in copies]
    took = 1000 * (time.process_time() - began) / len(copies)
    pairs = list(zip(captions, told, strict=True))

    def row(
        name: str, bar: str, kinds: Sequence[str] = KINDS, standings: Sequence[str] = BAD
    ) -> tuple[str, str, str]:
        total = sum((tally(*pair, kinds, standings) for pair in pairs), Tally(0, 0, 0, 0))
        return f"{name}, {split}, {len(captions)} captions", total.shown, bar

    return [
        row("typed claims, contradicted or unsupported", "0.95 and 0.95"),
        row("of these, contradicted", "none", standings=("contradicted",)),
        row("of these, unsupported", "none", standings=("unsupported",)),
        *(row(f"of these, {kind}", "none", kinds=(kind,)) for kind in KINDS),
        ("a caption's claims with its facts, nothing kept, mean of processor time", f"{took:.2f} ms", "0.3 ms"),
    ]
