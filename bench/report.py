"""The page about accuracy, made from the figures alone: what is missed first, then bars, tables and limits."""

from collections.abc import Iterator
from typing import NamedTuple

from rich.console import Console
from rich.table import Table as Drawn

from bench.section import Accuracy, Section, Table, told


class Bar(NamedTuple):
    """What issue 3 asks for: a figure, and the least or the most it may be."""

    what: str
    figure: str
    bar: float
    least: bool = True


BARS = (
    Bar("any-flag recall where at most 5% of clean captions are flagged", "recall at 5%", 0.85),
    Bar("any-flag recall as shipped", "recall", 0.85),
    Bar("false flags on clean captions as shipped", "false flags", 0.05, least=False),
    Bar("code macro-F1 over the caption codes", "macro-F1", 0.70),
    Bar("minimal pairs with both halves right", "pairs", 0.85),
    Bar("typed claims contradicted or unsupported: recall", "claims, recall", 0.95),
    Bar("the same: precision", "claims, precision", 0.95),
    Bar("span IoU ≥ 0.5 on true findings", "spans", 0.70),
    Bar("ec-darkpattern, 5 folds, one of each near-duplicate cluster: accuracy", "shops", 0.95),
    Bar("flag rate on news headlines", "headlines", 0.02, least=False),
    Bar("mean ms a caption, one thread, rules and claims", "ms, rules", 0.5, least=False),
    Bar("mean ms a caption, one thread, all local layers", "ms, all layers", 5.0, least=False),
    Bar("captions a minute on two cores in bulk", "captions a minute", 20_000),
    Bar("MB of resident memory added", "MB added", 250, least=False),
    Bar("torch imported (0: no)", "torch imported", 0, least=False),
    Bar("other languages' recall as a share of English", "other languages", 0.9),
)

DATA = """## Data

The corpus (`corpus/`) was written for this project, caption by caption, in five languages; its datasheet says by
whom and how. Splits are by author and sector, near-duplicates and both halves of a pair never cross, and the test
split is frozen by its hash. `python -m bench corpus` checks all of this and prints the agreement of two blind
readings. ec-darkpattern (Yada et al. 2022, Apache-2.0) and the headlines (Chakraborty et al. 2016, MIT) are
public; their sentences are not in this repository.
"""

LIMITS = """## Limits

- One corpus, written by few hands: the figures say how the guards do on captions like these, no more. Real feeds
  hold other mixtures, and a flag rate there is not an error rate.
- Labels follow one guideline. Where two readers disagree, a guard can't be right.
- Intervals show sampling only. They say nothing of what the corpus leaves out.
- The tests of disguises change letters; a patient adversary changes words.
- A finding is a reason to look, never a legal judgement.
"""


def page(accuracy: Accuracy) -> str:
    """Return the Markdown of docs/accuracy.md: a pure function of the figures."""
    return "\n".join(_parts(accuracy)).rstrip() + "\n"


def _parts(accuracy: Accuracy) -> Iterator[str]:
    yield "# How right the guards are\n"
    yield "<!-- Written by `python -m bench guards`; edits here are lost. -->\n"
    yield _about(accuracy)
    yield "## What the guards miss\n"
    yield "\n".join(f"- {sentence}" for one in accuracy.sections for sentence in one.misses) + "\n"
    yield "## The bars and the figures\n"
    yield _markdown(bars(accuracy))
    for section in accuracy.sections:
        yield from _section(section)
    yield DATA
    yield LIMITS
    yield _commands(accuracy)


def _about(accuracy: Accuracy) -> str:
    files = ", ".join(f"{split} {seal}" for split, seal in accuracy.corpus.items())
    hurry = " **A hurried run on a part of the captions: it shows that the benchmark runs, no more.**"
    return (
        f"Split: **{accuracy.split}**. Layers: {', '.join(accuracy.layers)}. Seed {accuracy.seed}. "
        f"{accuracy.machine}. Files of the corpus by sha256: {files}.{hurry * accuracy.quick}\n"
    )


def bars(accuracy: Accuracy) -> Table:
    """Return every bar with the figure it is held against."""
    rows = []
    for what, name, bar, least in BARS:
        figure = accuracy.figure(name)
        met = (
            "not measured"
            if figure is None
            else ("yes" if (figure >= bar if least else figure <= bar) else "**no**")
        )
        rows.append((what, f"{'≥' if least else '≤'} {bar:,g}", figure, met))
    return Table(
        title="Bars",
        says=f"The fullest layer here ({accuracy.layers[-1]}), without a critic.",
        columns=("what", "bar", "figure", "met"),
        rows=tuple(rows),
    )


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title}\n"
    for line in section.skipped:
        yield f"*Left out. {line}*\n"
    for table in section.tables:
        yield f"### {table.title}\n"
        if table.plot:
            yield _chart(table)
        yield _markdown(table)
    if section.command:
        yield f"Command: `{section.command}`\n"


def _chart(table: Table) -> str:
    """Return the points of `table` as a chart that GitHub draws: bars of what was so, a line of what was said."""
    said, true = (", ".join(f"{value:.2f}" for value in values) for values in zip(*table.plot, strict=True))
    return (
        "```mermaid\nxychart-beta\n"
        f'    title "{table.title}: the line is the mean score, the bars are the share that was so"\n'
        f'    x-axis "mean score" [{said}]\n    y-axis "share" 0 --> 1\n    bar [{true}]\n    line [{said}]\n```\n'
    )


def _markdown(table: Table) -> str:
    head = "| " + " | ".join(table.columns) + " |\n|" + "---|" * len(table.columns)
    rows = ["| " + " | ".join(told(cell).replace("|", "\\|") for cell in row) + " |" for row in table.rows]
    return "\n".join([f"{table.says}\n" if table.says else "", head, *rows]).strip() + "\n"


def _commands(accuracy: Accuracy) -> str:
    return (
        "## How to measure again\n\n"
        "<!-- not run: takes a quarter of an hour -->\n```console\n"
        f"$ python -m bench guards --split {accuracy.split} --seed {accuracy.seed} "
        "--out docs/accuracy.md --json docs/accuracy.json\n"
        "$ python -m bench corpus\n```\n"
    )


def show(accuracy: Accuracy, console: Console) -> None:
    """Print every table."""
    console.print(
        f"[bold]Seed {accuracy.seed}, split {accuracy.split}, layers: {', '.join(accuracy.layers)}[/bold]"
    )
    for section in accuracy.sections:
        for line in section.skipped:
            console.print(f"Left out. {line}", style="yellow", markup=False)
        for table in section.tables:
            _draw(table, console)
    _draw(bars(accuracy), console)
    for sentence in (sentence for section in accuracy.sections for sentence in section.misses):
        console.print(f"- {sentence}", markup=False)


def _draw(table: Table, console: Console) -> None:
    drawn = Drawn(
        *table.columns, title=table.title, caption=table.says, title_justify="left", caption_justify="left"
    )
    for row in table.rows:
        drawn.add_row(*map(told, row))
    console.print(drawn)
