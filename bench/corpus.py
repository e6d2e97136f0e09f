"""What is in the corpus, and whether it keeps its promises: `python -m bench corpus`.

Counts, exact spans, splits that no near-duplicate or pair crosses, the seal of the test split, and how far a blind
second reading agrees with the author's first (`corpus/first-reading.jsonl`, `corpus/second-reading.jsonl`).
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table as Drawn

from bench.scoring import kappas
from bench.section import Table, told
from bench.twins import links
from training.corpus import CODES, FOLDER, SPLITS, Caption, Label, Split, TypedClaim, load, seal

Splits = Mapping[Split, Sequence[Caption]]


def counts(splits: Splits) -> Table:
    """Return what each split holds."""
    count: dict[str, Callable[[Sequence[Caption]], int]] = {
        "captions": len,
        "flagged": lambda told: sum(bool(one.labels) for one in told),
        "clean": lambda told: sum(not one.labels for one in told),
        "hard clean": lambda told: sum(one.hard for one in told),
        "labels": lambda told: sum(len(one.labels) for one in told),
        "subtle labels": lambda told: sum(label.subtle for one in told for label in one.labels),
        "contradicted labels": lambda told: sum(label.contradicted for one in told for label in one.labels),
        "typed claims": lambda told: sum(len(one.claims) for one in told),
        "minimal pairs": lambda told: sum(n == 2 for n in Counter(one.pair for one in told if one.pair).values()),
        "sectors": lambda told: len({one.sector for one in told}),
        "channels": lambda told: len({one.channel for one in told}),
    }
    languages = sorted({one.language for told in splits.values() for one in told})
    for language in languages:
        count[f"in {language}"] = partial(_in_language, language)
    rows = [(name, *_across(splits, how)) for name, how in count.items()]
    return Table(title="What is in it", says="", columns=("what", *splits, "all"), rows=tuple(rows))


def code_counts(splits: Splits) -> Table:
    """Return how many captions of each split carry each code, and how many labels of it are subtle."""
    rows = []
    for code in CODES:
        held = _across(splits, partial(_with_code, code))
        labels = [label for told in splits.values() for one in told for label in one.labels if label.code == code]
        subtle = sum(label.subtle for label in labels)
        rows.append((code, *held, f"{subtle / len(labels):.0%}" if labels else "-"))
    return Table(title="Captions by code", says="", columns=("code", *splits, "all", "subtle"), rows=tuple(rows))


def _in_language(language: str, told: Sequence[Caption]) -> int:
    return sum(one.language == language for one in told)


def _with_code(code: str, told: Sequence[Caption]) -> int:
    return sum(code in one.codes for one in told)


def _across(splits: Splits, how: Callable[[Sequence[Caption]], int]) -> list[int]:
    everything = [one for told in splits.values() for one in told]
    return [*(how(told) for told in splits.values()), how(everything)]


def faults(splits: Splits) -> Iterator[str]:
    """Say what is wrong with the captions: ids, spans, codes, clean ones with labels, pairs, splits crossed."""
    everything = [(split, one) for split, told in splits.items() for one in told]
    for name, times in Counter(one.id for _, one in everything).items():
        if times > 1:
            yield f"{name}: the id is given {times} times"
    for _, one in everything:
        yield from _own_faults(one)
    yield from _pair_faults(everything)
    yield from crossings(everything)


def _own_faults(caption: Caption) -> Iterator[str]:
    marks: tuple[Label | TypedClaim, ...] = (*caption.labels, *caption.claims)
    for mark in marks:
        if caption.text[mark.start : mark.end] != mark.quote:
            yield f"{caption.id}: {mark.quote!r} does not stand at {mark.start}-{mark.end}"
    if unknown := caption.codes - set(CODES):
        yield f"{caption.id}: no such code: {', '.join(sorted(unknown))}"
    if bool(caption.labels) == (caption.verdict == "pass"):
        yield f"{caption.id}: verdict {caption.verdict} with {len(caption.labels)} labels"
    if caption.hard and caption.labels:
        yield f"{caption.id}: called hard and clean, with labels"


def _pair_faults(everything: Sequence[tuple[Split, Caption]]) -> Iterator[str]:
    halves: dict[str, list[Caption]] = {}
    for _, one in everything:
        if one.pair:
            halves.setdefault(one.pair, []).append(one)
    for name, both in halves.items():
        if sorted(bool(one.labels) for one in both) != [False, True]:
            yield f"pair {name}: one flagged and one clean half are wanted, {len(both)} captions found"


def crossings(everything: Sequence[tuple[Split, Caption]]) -> Iterator[str]:
    """Say which near-duplicates, or halves of a pair, stand in different splits."""
    for a, b in links([one.text for _, one in everything]):
        (here, one), (there, other) = everything[a], everything[b]
        if here != there:
            yield f"{one.id} in {here} and {other.id} in {there} are near-duplicates"
    where: dict[str, set[Split]] = {}
    for split, one in everything:
        if one.pair:
            where.setdefault(one.pair, set()).add(split)
    yield from (f"pair {name} stands in {' and '.join(sorted(s))}" for name, s in where.items() if len(s) > 1)


def broken_seal(folder: Path) -> Iterator[str]:
    """Say whether the test split is other than the one that was frozen."""
    frozen = folder / "test.sha256"
    if not frozen.exists():
        yield "corpus/test.sha256 is not there: the test split is not frozen"
    elif frozen.read_text(encoding="utf-8").split()[:1] != [seal("test")]:
        yield "corpus/test.jsonl is not the file that corpus/test.sha256 was written for"


def agreement(folder: Path) -> Table | None:
    """Return Cohen's kappa of the two readings for each code; nothing where they are not there."""
    first, second = folder / "first-reading.jsonl", folder / "second-reading.jsonl"
    if not (first.exists() and second.exists()):
        return None
    one, other = _codes(first), _codes(second)
    told = kappas(one, other, CODES)
    known = [kappa for kappa, _ in told.values() if kappa is not None]
    flagged = kappas(_any(one), _any(other), ("any",))["any"][0]
    rows = [(code, *told[code]) for code in sorted(told, key=lambda code: told[code][0] or 0.0)]
    return Table(
        title="Agreement of two blind readings",
        says=f"Cohen's kappa, n={len(one.keys() & other.keys())} captions; macro over {len(known)} codes "
        f"{sum(known) / len(known) if known else 0:.3f}; any label at all {flagged or 0:.3f}.",
        columns=("code", "kappa", "captions either gave it"),
        rows=tuple(rows),
    )


def _any(readings: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(["any"] if codes else []) for key, codes in readings.items()}


def _codes(path: Path) -> dict[str, frozenset[str]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return {row["id"]: frozenset(row["codes"]) for row in rows}


def run(arguments: list[str]) -> None:
    """Print the tables and every fault; exit with 1 where there is one."""
    there = [split for split in SPLITS if (FOLDER / f"{split}.jsonl").exists()]
    splits: Splits = {split: load(split) for split in there}
    console = Console()
    for table in filter(None, (counts(splits), code_counts(splits), agreement(FOLDER))):
        drawn = Drawn(*table.columns, title=table.title, caption=table.says or None)
        for row in table.rows:
            drawn.add_row(*map(told, row))
        console.print(drawn)
    wrong = [*faults(splits), *(broken_seal(FOLDER) if "test" in splits else ())]
    wrong += [f"corpus/{split}.jsonl is not there" for split in SPLITS if split not in splits]
    for line in wrong:
        console.print(line, style="red", markup=False)
    console.print("Every promise kept." if not wrong else f"Faults: {len(wrong)}.")
    sys.exit(1 if wrong else 0)
