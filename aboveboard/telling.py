"""What the command line says: tables and progress on a terminal, quiet plain text in a pipe, JSON for scripts."""

import functools
import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer
from click import ClickException

from aboveboard.errors import AboveboardError

if TYPE_CHECKING:
    from rich.console import Console

    from aboveboard.producing import Watch

P = ParamSpec("P")
R = TypeVar("R")
COLOURS = {"cleared": "green", "flagged": "yellow", "blocked": "red", "rejected": "red", "withdrawn": "yellow"}
SIGNS = {"cleared": "✓", "flagged": "!", "blocked": "×", "rejected": "×", "withdrawn": "–", "superseded": "–"}
WEIGHTS = {"note": "cyan", "review": "yellow", "block": "red"}
BUG = 70  # EX_SOFTWARE of sysexits.h
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Show what the user can mend as plain lines on standard error, with the error's own exit code.

    Anything else is our fault and said to be: one line, exit code 70, the traceback only where
    ABOVEBOARD_TRACEBACK is set.
    """

    @functools.wraps(command)
    def telling(*args: P.args, **kwargs: P.kwargs) -> R:
        _forgive_encodings()
        try:
            return command(*args, **kwargs)
        except AboveboardError as error:
            say_wrong(error.problems)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            stderr().print("Stopped. What was made is kept: run the same command to go on.")
            raise typer.Exit(130) from None
        except (typer.Exit, typer.Abort, ClickException, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("ABOVEBOARD_TRACEBACK"):
                raise
            raise typer.Exit(_unexpected(error)) from None

    return telling


def say_wrong(problems: Iterable[str]) -> None:
    """Say each problem on standard error, one line each."""
    for problem in problems:
        stderr().print(f"[red]×[/red] {plain(problem)}", soft_wrap=True)


def _unexpected(error: Exception) -> int:
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        say_wrong([f"{where}{error.strerror}. Mend that, then run the same command to go on."])
        return AboveboardError.exit_code
    what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    say_wrong([f"A bug in Aboveboard, not in what you did: {what}. ABOVEBOARD_TRACEBACK=1 shows where."])
    return BUG


def _forgive_encodings() -> None:
    """Write what an output's encoding can't hold as an escape, rather than stop there."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


def stdout() -> "Console":
    """Return a console on standard output; in a pipe it never folds a line."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 10_000, highlight=False)


def stderr() -> "Console":
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """Print JSON in which no character moves a terminal's cursor or turns its text around."""
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "")
    text = json.dumps(value, indent=indent, ensure_ascii=encoding != "utf8", default=str)
    typer.echo(_UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def safe(text: str) -> str:
    """Return outside text so that a terminal only shows it: control and direction characters as escapes."""
    return "".join(char if _harmless(char) else f"\\x{ord(char):02x}" for char in text)


def _harmless(char: str) -> bool:
    return char.isprintable() or char in "\n\u200d" or unicodedata.category(char) == "Zs"  # U+200D joins emoji


def plain(text: str) -> str:
    """Return outside text safe for a terminal and without markup."""
    from rich.markup import escape

    return escape(safe(text))


def brief_of(text: str, most: int = 60) -> str:
    """Return outside text on one line, at most so long, safe for a terminal and without markup."""
    line = " ".join(text.split())
    return plain(line if len(line) <= most else f"{line[: most - 1].rstrip()}…")


def show_rows(heads: Sequence[str], rows: Sequence[Sequence[str]], *, squeeze: str = "") -> None:
    """Show rows of marked-up cells: a table on a terminal, aligned lines without headings in a pipe.

    `squeeze` names the column that gives way where a terminal is narrow.
    """
    from rich.table import Table
    from rich.text import Text

    if sys.stdout.isatty():
        table = Table(box=None, header_style="bold", pad_edge=False, expand=bool(squeeze))
        for head in heads:
            if head == squeeze:
                table.add_column(head, overflow="ellipsis", no_wrap=True, ratio=1, min_width=20)
            else:
                table.add_column(head, max_width=32 if squeeze else None)
        for row in rows:
            table.add_row(*row)
        stdout().print(table)
        return
    cells = [[Text.from_markup(cell).plain for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        typer.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


@contextmanager
def watching(*, quiet: bool) -> "Iterator[Watch]":
    """Show a run as it goes: a bar with the finished posts above it on a terminal, nothing in a pipe."""
    from aboveboard.watching import BarWatch, SilentWatch

    if quiet or not sys.stdout.isatty():
        yield SilentWatch()
        return
    with BarWatch(stdout()) as watch:
        yield watch


def show_checks(checks: Sequence[Any], fingerprint: str, as_json: bool, what: str = "bundle") -> None:
    """Show what verifying a bundle or a picture found."""
    broken = any(check.problems for check in checks)
    if as_json:
        found = [check.model_dump() for check in checks]
        print_json({"sound": not broken, "fingerprint": fingerprint, "checks": found})
        return
    console = stdout()
    for check in checks:
        sign = "[red]×[/red]" if check.problems else "[yellow]–[/yellow]" if check.note else "[green]✓[/green]"
        console.print(
            f"{sign} {check.name}: {plain(check.note) or f'{check.looked_at} looked at'}", soft_wrap=True
        )
        for problem in check.problems:
            console.print(f"    {plain(problem)}", soft_wrap=True)
    said = f"[red]This {what} does not hold.[/red]" if broken else f"The {what} holds."
    console.print(f"{said} Fingerprint {fingerprint}", soft_wrap=True)


def show_examined(examined: Sequence[Any]) -> None:
    """Show what `doctor` looked at."""
    console = stdout()
    signs = {"good": "[green]✓[/green]", "missing": "[red]×[/red]", "optional": "[yellow]–[/yellow]"}
    for one in examined:
        console.print(f"{signs[one.state]} {one.name}: {plain(one.says)}", soft_wrap=True)
        if one.mend:
            console.print(f"    {plain(one.mend)}", soft_wrap=True)


def show_served(address: str, first: str) -> None:
    """Say where the desk is, and how the first admin gets in."""
    stdout().print(f"The desk is at [bold]{address}[/] (Ctrl-C stops it).")
    if first:
        stdout().print(
            f"Nobody has an account yet. This link makes the first admin, once:\n{first}", soft_wrap=True
        )
