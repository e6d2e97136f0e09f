"""Typed claims against the facts: which of those without one are found. `bench/claims.py` does the counting."""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from bench.scoring import share
from bench.section import Cell, Section, Table
from training.corpus import Caption

TITLE = "Typed claims"


def measure(captions: Sequence[Caption]) -> Section:
    """Return precision and recall over contradicted and unsupported claims, by standing and by kind."""
    if not find_spec("bench.claims"):
        return Section(name="claims", title=TITLE, skipped=("Typed claims: bench/claims.py is not here.",))
    counting = import_module("bench.claims")
    claims_of = import_module("aboveboard.claims").claims_of
    told = [(caption, claims_of(caption.copy_)) for caption in captions]
    wanted: dict[str, dict[str, Any]] = {
        "all of these kinds": {},
        "contradicted by a fact": {"standings": ("contradicted",)},
        "unsupported": {"standings": ("unsupported",)},
    } | {kind: {"kinds": (kind,)} for kind in counting.KINDS}
    rows = [_row(name, [counting.tally(*one, **asked) for one in told]) for name, asked in wanted.items()]
    precision, recall = rows[0][1:]
    return Section(
        name="claims",
        title=TITLE,
        tables=(
            Table(
                title="Dates, durations, quantities, prices and percentages that no fact supports",
                says="A claim said to be contradicted or unsupported is right where it overlaps one so marked.",
                columns=("claims", "precision", "recall"),
                rows=tuple(rows),
            ),
        ),
        figures={
            name: cell.rate
            for name, cell in (("claims, precision", precision), ("claims, recall", recall))
            if not isinstance(cell, str | int | float) and cell and cell.rate is not None
        },
    )


def _row(name: str, tallies: Sequence[Any]) -> tuple[Cell, ...]:
    told, right = (sum(getattr(one, part) for one in tallies) for part in ("told", "right"))
    wanted, found = (sum(getattr(one, part) for one in tallies) for part in ("wanted", "found"))
    return name, share(n < right for n in range(told)), share(n < found for n in range(wanted))
