"""How right and how fast the guards are: `python -m bench guards` prints tables, and writes Markdown and JSON.

Every section can be measured on its own (`--only NAME`), the others are then taken from the JSON that is there.
"""

import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import psutil
import typer
from rich.console import Console

from bench.layers import ALL, RULES, Layer, open_layers
from bench.report import page, show
from bench.section import Accuracy, Section
from training.corpus import FOLDER, Caption, Split, load, seal

SEED = 20261126
ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
QUICKLY = 120  # captions of each split that --quick looks at


@dataclass(frozen=True)
class Run:
    """One run of the benchmark: what it measures with, and on what."""

    split: Split
    quick: bool
    seed: int
    data: Path | None

    @cached_property
    def layers(self) -> dict[str, Layer]:
        return open_layers()

    def captions(self, split: Split) -> Sequence[Caption]:
        """Return the captions of `split`, few of them in a hurry; none where the corpus is not there."""
        if not (FOLDER / f"{split}.jsonl").exists():
            return ()
        return few(load(split)) if self.quick else load(split)


def few(captions: Sequence[Caption], count: int = QUICKLY) -> Sequence[Caption]:
    """Return about `count` captions from all over the split, the halves of a pair together."""
    names = list(dict.fromkeys(one.pair or one.id for one in captions))
    kept = set(names[:: max(1, len(names) // count)])
    return [one for one in captions if (one.pair or one.id) in kept]


def _captions(run: Run) -> Section:
    from bench.captions import measure

    asked = run.captions(run.split)
    return measure(run.layers, asked, asked if run.split == "dev" else run.captions("dev"), run.seed)


def _claims(run: Run) -> Section:
    from bench.typed import measure

    return measure(run.captions(run.split))


def _ordinary(run: Run) -> Section:
    from bench.ordinary import measure

    return measure(run.layers, run.data, run.seed, run.quick)


def _disguises(run: Run) -> Section:
    from bench.disguises import measure

    return measure(run.layers, run.captions(run.split), run.seed)


def _peers(run: Run) -> Section:
    from bench.captions import read_all
    from bench.peers import measure

    asked = run.captions(run.split)
    ours = read_all(list(run.layers.values())[-1], asked)
    return measure(ours, asked, run.captions("train"), run.data)


def _shops(run: Run) -> Section:
    if not run.data:
        missing = "ec-darkpattern: ../shared/data is not here."
        return Section(name="shops", title="Texts of web shops: ec-darkpattern", skipped=(missing,))
    from bench.ecommerce import measure

    return measure(run.data, run.seed, run.quick)


def _critic(run: Run) -> Section:
    from bench.critic import measure

    return measure(run.captions(run.split))


def _speed(run: Run) -> Section:
    from bench.speed import measure

    return measure([name for name in run.layers if name in (RULES, ALL)], run.split, run.quick)


SECTIONS: dict[str, Callable[[Run], Section]] = {
    "captions": _captions,
    "claims": _claims,
    "disguises": _disguises,
    "ordinary": _ordinary,
    "shops": _shops,
    "peers": _peers,
    "critic": _critic,
    "speed": _speed,
}


def measured(run: Run, names: Sequence[str], kept: Accuracy | None, tell: Callable[[str], None]) -> Accuracy:
    """Return the benchmark with the sections of these names measured now, the others as they were `kept`."""
    sections = {one.name: one for one in kept.sections} if kept else {}
    corpus = seals(run.split)  # before anything is read
    for name in names:
        tell(f"{name} ...")
        command = f"python -m bench guards --split {run.split} --only {name}" + " --quick" * run.quick
        sections[name] = SECTIONS[name](run).model_copy(update={"command": command})
    return Accuracy(
        split=run.split,
        seed=run.seed,
        quick=run.quick,
        layers=tuple(run.layers),
        corpus=corpus,
        machine=f"{psutil.cpu_count()} CPUs, {platform.machine()}, Python {platform.python_version()}",
        sections=tuple(sections[name] for name in SECTIONS if name in sections),
    )


def seals(split: Split) -> dict[str, str]:
    """Return the beginning of the sha256 of the files that a run looks at, as far as they are here."""
    splits: tuple[Split, ...] = ("train", split)
    return {one: seal(one)[:16] for one in splits if (FOLDER / f"{one}.jsonl").exists()}


def main(
    split: Annotated[Literal["test", "dev"], typer.Option(help="The split; test is for the final table.")] = "dev",
    quick: Annotated[bool, typer.Option(help="Few captions, no fine-tuning: does it run?")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Measure this section; may be repeated.")] = None,
    seed: Annotated[int, typer.Option(help="Of every sample, fold and bootstrap.")] = SEED,
    data: Annotated[Path, typer.Option(help="Where ec-darkpattern and the headlines are.")] = DATA,
    out: Annotated[Path | None, typer.Option(help="Write the page here, such as docs/accuracy.md.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write, and with --only first read, the figures here.")] = None,
) -> None:
    """Measure the guards and print every table; --only names sections.

    They are: captions claims disguises ordinary shops peers critic speed.
    """
    if wrong := set(only or ()) - SECTIONS.keys():
        raise typer.BadParameter(f"no section {', '.join(sorted(wrong))}; there are {', '.join(SECTIONS)}")
    run = Run(split=split, quick=quick, seed=seed, data=data if data.is_dir() else None)
    kept = _read(json, run) if only and json and json.exists() else None
    console = Console(stderr=True)
    accuracy = measured(run, only or list(SECTIONS), kept, console.print)
    show(accuracy, Console(width=None if sys.stdout.isatty() else 160))
    if json:
        json.parent.mkdir(parents=True, exist_ok=True)
        json.write_text(accuracy.model_dump_json(indent=1) + "\n", encoding="utf-8")
    if out:
        out.write_text(page(accuracy), encoding="utf-8")


def _read(json: Path, run: Run) -> Accuracy:
    """Return what was measured before. Raises BadParameter where that was on something else."""
    kept = Accuracy.model_validate_json(json.read_text(encoding="utf-8"))
    if (kept.split, kept.seed, kept.quick, kept.corpus) != (run.split, run.seed, run.quick, seals(run.split)):
        raise typer.BadParameter(
            f"{json} is of another split, seed, corpus or --quick: measure every section again"
        )
    return kept


def run(arguments: list[str]) -> Any:
    """Run the command line of this benchmark."""
    app = typer.Typer(add_completion=False)
    app.command()(main)
    return app(arguments, prog_name="python -m bench guards")
