"""What the command line says of copy: findings beside the words they quote, the review queue, one draft."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from aboveboard.checking import Checked, check_lines, place, report, sarif
from aboveboard.draft import Judged
from aboveboard.errors import BriefError
from aboveboard.finding import Finding
from aboveboard.policy import Policy
from aboveboard.record import Recorded
from aboveboard.telling import COLOURS, SIGNS, WEIGHTS, plain, print_json, stderr, stdout

if TYPE_CHECKING:
    from rich.console import Console


def show_checked(results: Sequence[Checked], policy: Policy, form: str) -> None:
    """Show what was found in each text, as people, scripts or code scanners read it."""
    if form == "json":
        print_json([report(one) for one in results])
        return
    if form == "sarif":
        from aboveboard import __version__

        print_json(sarif(list(results), policy, __version__))
        return
    console = stdout()
    for one in results:
        for finding in one.inspection.findings:
            line, column = place(one.text, finding.start)
            _show_finding(console, finding, policy, f"{plain(one.name)}:{line}:{column}: ")
    found = sum(len(one.inspection.findings) for one in results)
    if found:
        texts = f"{len(results)} text" + ("s" if len(results) > 1 else "")
        stderr().print(f"{found} finding{'s' if found > 1 else ''} in {texts}.")
    elif sys.stdout.isatty():
        console.print("[green]✓[/green] nothing found")


def _show_finding(console: "Console", finding: Finding, policy: Policy, where: str = "") -> None:
    colour = WEIGHTS[finding.severity.value]
    laws = [law for law_id in finding.law if (law := policy.law(law_id))]
    weight = f"[{colour}]{finding.severity.value}[/{colour}]"
    console.print(f"{where}{weight} [bold]{finding.rule}[/bold] “{plain(finding.quote)}”", soft_wrap=True)
    console.print(f"    {plain(finding.message)}", soft_wrap=True)
    for evidence in finding.evidence:
        console.print(f"    [dim]{evidence.kind}: {plain(evidence.says)}[/dim]", soft_wrap=True)
    console.print(f"    Fix: {plain(finding.fix)}", soft_wrap=True)
    if laws:
        named = "; ".join(f"{law.title}, {law.article}" for law in laws)
        console.print(f"    [dim]Law: {plain(named)}[/dim]", soft_wrap=True)


def show_lines(source: str, base: dict[str, Any], policy: Policy) -> int:
    """Answer each JSON line with one; return the exit code: 2 after a bad line, else 1 with findings, else 0."""
    import json

    code = 0
    for answer in check_lines(_lines(source), base, policy):
        typer.echo(json.dumps(answer, ensure_ascii=False))
        if "error" in answer:
            stderr().print(plain(answer["error"]), soft_wrap=True)
            code = 2
        elif answer["findings"]:
            code = max(code, 1)
    return code


def _lines(source: str) -> Iterator[str]:
    if source == "-":
        yield from sys.stdin
        return
    try:
        with Path(source).open(encoding="utf-8") as lines:
            yield from lines
    except (OSError, UnicodeDecodeError) as error:
        raise BriefError(f"{source}: can't be read ({error}). Give a file of JSON objects, one a line.") from None


def show_queue(waiting: Sequence[Recorded], as_json: bool) -> None:
    """Show what waits for a decision, soonest first."""
    if as_json:
        print_json([one.model_dump(mode="json") for one in waiting])
        return
    if not waiting:
        stdout().print("Nothing waits for review.")
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("draft", "goes out", "channel", "rules", "words"):
        table.add_column(column, overflow="fold")
    for one in waiting:
        slot, findings = one.judged.draft.slot, one.judged.inspection.findings
        quotes = "; ".join(f"“{plain(finding.quote[:60])}”" for finding in findings if finding.severity.rank)
        rules = ", ".join(one.judged.verdict.rules)
        table.add_row(one.id[:8], f"{slot.at:%a %d %b %H:%M}", slot.channel, rules, quotes)
    stdout().print(table)
    stdout().print("Look at one: aboveboard review show <draft>")


def show_draft(one: Recorded, policy: Policy) -> None:
    """Show one draft as a reviewer needs it: the words, each rule with its law and a way out, what was tried."""
    console = stdout()
    draft = one.judged.draft
    colour = COLOURS.get(one.state, "dim")
    state = f"[{colour}]{SIGNS[one.state]} {one.state}[/{colour}]"
    console.print(f"{state} {draft.slot.channel}, {draft.slot.at:%a %d %b %Y %H:%M}")
    console.print(f"\n{plain(draft.post)}\n", soft_wrap=True)
    if draft.picture:
        console.print(f"[dim]Alt text: {plain(draft.picture.alt_text)}[/dim]\n", soft_wrap=True)
    for finding in one.judged.inspection.findings:
        _show_finding(console, finding, policy)
    for support in one.judged.inspection.supports:
        rests = f"“{plain(support.quote)}” rests on {support.fact}: {plain(support.says)}"
        console.print(f"[green]✓[/green] {rests}", soft_wrap=True)
    for number, attempt in enumerate(one.judged.attempts, 1):
        rules = ", ".join(sorted({finding.rule for finding in attempt.findings})) or "nothing found"
        console.print(f"[dim]Wording {number} ({rules}): {plain(attempt.post)}[/dim]", soft_wrap=True)
    for decision in one.decisions:
        console.print(
            f"{decision.at:%Y-%m-%d %H:%M} {decision.action} by {plain(decision.actor)}: {plain(decision.reason)}"
        )
    console.print(f"[dim]draft {one.id}[/dim]")


def show_rewording(before: Recorded, after: Recorded, policy: Policy) -> None:
    """Show which findings an edit made go away, and which it brought."""
    gone = _found(before.judged) - _found(after.judged)
    come = _found(after.judged) - _found(before.judged)
    console = stdout()
    for rule, quote in sorted(gone):
        console.print(f"[green]gone[/green] {rule} “{plain(quote)}”", soft_wrap=True)
    for rule, quote in sorted(come):
        console.print(f"[yellow]new[/yellow] {rule} “{plain(quote)}”", soft_wrap=True)
    show_draft(after, policy)


def _found(judged: Judged) -> set[tuple[str, str]]:
    return {(finding.rule, finding.quote) for finding in judged.inspection.findings}


def show_decision(before: Recorded, after: Recorded) -> None:
    """Show what a decision changed and what comes next."""
    stdout().print(
        f"{after.id[:8]}: {before.state} → {after.state}. Bundle it: aboveboard release {after.campaign}"
    )
