"""What a measurement hands on: tables for people, figures for bars, and what was left out with the reason."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Share(Frozen):
    """A share of n with its 95% interval; nothing where n is 0."""

    rate: float | None
    low: float | None = None
    high: float | None = None
    n: int


Cell = Share | str | int | float | None


class Table(Frozen):
    """One table; `says` tells in a sentence what was done, on how many, and how to read it."""

    title: str
    says: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    plot: tuple[tuple[float, float], ...] = ()  # points that the page draws above the table: expected, found


class Section(Frozen):
    """One part of the benchmark: its tables, the figures that bars and the summary stand on, what was skipped."""

    name: str
    title: str
    command: str = ""
    tables: tuple[Table, ...] = ()
    figures: dict[str, float] = {}
    misses: tuple[str, ...] = ()  # what the guard misses, in sentences, the worst first
    skipped: tuple[str, ...] = ()


class Accuracy(Frozen):
    """The whole benchmark, as its JSON holds it and its page tells it."""

    split: str
    seed: int
    quick: bool
    layers: tuple[str, ...]
    corpus: dict[str, str]  # the sha256 of each split's file
    machine: str
    sections: tuple[Section, ...]

    def figure(self, name: str) -> float | None:
        """Return the figure of that name, wherever it was measured."""
        return next((one.figures[name] for one in self.sections if name in one.figures), None)


def told(cell: Cell) -> str:
    """Return a cell as people read it: shares with their interval and n, other fractions with three digits."""
    if cell is None:
        return "-"
    if isinstance(cell, Share):
        return _share(cell)
    if isinstance(cell, float):
        return f"{cell:.3f}" if abs(cell) < 100 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def _share(cell: Share) -> str:
    if cell.rate is None:
        return "-"
    around = f"{cell.low:.2f}-{cell.high:.2f}, " if cell.low is not None else ""
    return f"{cell.rate:.3f} ({around}n={cell.n:,})"
