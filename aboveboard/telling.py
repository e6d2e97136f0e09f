"""What the command line says: tables and progress on a terminal, quiet plain text in a pipe, JSON for scripts."""

import functools
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer

from aboveboard.errors import AboveboardError

if TYPE_CHECKING:
    from rich.console import Console

    from aboveboard.plan import EditorialPlan
    from aboveboard.producing import Produced, Watch

P = ParamSpec("P")
R = TypeVar("R")
COLOURS = {"cleared": "green", "flagged": "yellow", "blocked": "red", "rejected": "red", "withdrawn": "yellow"}
SIGNS = {"cleared": "✓", "flagged": "!", "blocked": "×", "rejected": "×", "withdrawn": "–", "superseded": "–"}
WEIGHTS = {"note": "cyan", "review": "yellow", "block": "red"}


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Show what the user can mend as plain lines on standard error, with the error's own exit code."""

    @functools.wraps(command)
    def telling(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except AboveboardError as error:
            for problem in error.problems:
                stderr().print(f"[red]×[/red] {plain(problem)}", highlight=False, soft_wrap=True)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            stderr().print("Stopped. What was made is kept: run the same command to go on.")
            raise typer.Exit(130) from None

    return telling


def stdout() -> "Console":
    """Return a console on standard output; wide enough in a pipe that no line is folded."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 200, highlight=False)


def stderr() -> "Console":
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def plain(text: str) -> str:
    """Return outside text so that a terminal only shows it: no markup, no control characters."""
    from rich.markup import escape

    shown = "".join(char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in text)
    return escape(shown)


@contextmanager
def watching(*, quiet: bool) -> "Iterator[Watch]":
    """Show a run as it goes: a bar with the finished posts above it on a terminal, nothing in a pipe."""
    from aboveboard.watching import BarWatch, SilentWatch

    if quiet or not sys.stdout.isatty():
        yield SilentWatch()
        return
    with BarWatch(stdout()) as watch:
        yield watch


def show_plan(plan: "EditorialPlan", as_json: bool) -> None:
    """Show a dry run: every slot, nothing made."""
    if as_json:
        print_json([slot.model_dump(mode="json") for slot in plan.slots])
        return
    from rich.table import Table

    table = Table(
        box=None,
        header_style="bold",
        title=f"{plan.brief.campaign}: {len(plan.slots)} slots",
        title_justify="left",
    )
    for column in ("when", "channel", "language", "leads with", "picture"):
        table.add_column(column)
    for slot in plan.slots:
        picture = "yes" if slot.image else ""
        table.add_row(f"{slot.at:%a %d %b %Y %H:%M}", slot.channel, slot.language, slot.focus, picture)
    stdout().print(table)
    typer.echo("A dry run: no model was called and nothing was written.")


def show_produced(done: "Produced", as_json: bool) -> None:
    """Show what became of every draft, why, and where the bundle is."""
    if as_json:
        print_json(_produced_json(done))
        return
    from rich.table import Table

    console = stdout()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("", "when", "channel", "post", "why"):
        table.add_column(column, overflow="fold", max_width=60 if column == "post" else None)
    for one in done.recorded:
        draft = one.judged.draft
        findings = [finding for finding in one.judged.inspection.findings if finding.severity.rank]
        why = "; ".join(f"{finding.rule}: “{plain(finding.quote[:60])}”" for finding in findings)
        opening = plain(draft.post.replace("\n", " ")[:90]) + ("…" if len(draft.post) > 90 else "")
        colour = COLOURS.get(one.state, "dim")
        sign = f"[{colour}]{SIGNS[one.state]} {one.state}[/{colour}]"
        table.add_row(sign, f"{draft.slot.at:%a %d %b %H:%M}", draft.slot.channel, opening, why)
    console.print(table)
    console.print(_tally(done))
    for finding in done.plan_findings:
        console.print(f"[yellow]![/yellow] the plan as a whole: {plain(finding.message)} {plain(finding.fix)}")
    if any(one.state == "flagged" for one in done.recorded):
        console.print("Look at what waits: aboveboard review list")
    console.print(f"Bundle: {plain(str(done.bundle / 'index.html'))}", soft_wrap=True)


def _tally(done: "Produced") -> str:
    states = [one.state for one in done.recorded]
    said = [f"{states.count(state)} {state}" for state in COLOURS if state in states]
    cost = done.totals
    money = f", {cost.money:.4f} {done.currency}" if cost.money is not None else ""
    tokens = cost.input_tokens + cost.output_tokens
    seconds = f"{cost.milliseconds / 1000:.1f} s of model time"
    return f"{', '.join(said)}. {cost.calls} model calls, {tokens:,} tokens{money}, {seconds}."


def _produced_json(done: "Produced") -> dict[str, Any]:
    return {
        "plan": done.plan.id,
        "campaign": done.plan.brief.campaign,
        "bundle": str(done.bundle),
        "totals": done.totals.model_dump(mode="json"),
        "plan_findings": [finding.model_dump(mode="json") for finding in done.plan_findings],
        "drafts": [
            {
                "id": one.id,
                "slot": one.judged.draft.slot.id,
                "variant": one.judged.draft.variant,
                "state": one.state,
                "post": one.judged.draft.post,
                "verdict": one.judged.verdict.model_dump(mode="json"),
                "findings": [finding.model_dump(mode="json") for finding in one.judged.inspection.findings],
                "usage": [use.model_dump(mode="json") for use in one.judged.usage],
            }
            for one in done.recorded
        ],
    }


def show_checks(checks: Sequence[Any], fingerprint: str, as_json: bool) -> None:
    """Show what verifying a bundle found."""
    if as_json:
        sound = not any(check.problems for check in checks)
        print_json(
            {"sound": sound, "fingerprint": fingerprint, "checks": [check.model_dump() for check in checks]}
        )
        return
    console = stdout()
    for check in checks:
        sign = "[red]×[/red]" if check.problems else "[green]✓[/green]"
        console.print(f"{sign} {check.name}: {check.looked_at} looked at")
        for problem in check.problems:
            console.print(f"    {plain(problem)}", soft_wrap=True)
    broken = any(check.problems for check in checks)
    said = "[red]This bundle does not hold.[/red]" if broken else "The bundle holds."
    console.print(f"{said} Fingerprint {fingerprint}", soft_wrap=True)


def show_examined(examined: Sequence[Any]) -> None:
    """Show what `doctor` looked at."""
    console = stdout()
    signs = {"good": "[green]✓[/green]", "missing": "[red]×[/red]", "optional": "[yellow]–[/yellow]"}
    for one in examined:
        console.print(f"{signs[one.state]} {one.name}: {plain(one.says)}", soft_wrap=True)
        if one.mend:
            console.print(f"    {plain(one.mend)}", soft_wrap=True)
