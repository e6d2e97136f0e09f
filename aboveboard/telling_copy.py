"""What the command line says of copy: findings beside the words they quote, the review queue, one draft."""

import os
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aboveboard.answering import lines_in, lines_of
from aboveboard.checking import Checked, place, report
from aboveboard.draft import Judged
from aboveboard.finding import Finding, Severity
from aboveboard.guarding import run_direct
from aboveboard.marking import pieces
from aboveboard.policy import Policy
from aboveboard.record import Recorded
from aboveboard.telling import (
    COLOURS,
    SIGNS,
    WEIGHTS,
    brief_of,
    plain,
    print_json,
    say_wrong,
    show_rows,
    stderr,
    stdout,
)

if TYPE_CHECKING:
    from rich.console import Console

    from aboveboard.reminding import Notice
    from aboveboard.rewriting import Rewriting

MARKS = {"note": "cyan underline", "review": "yellow underline", "block": "red underline", "pass": "green"}


def show_checked(
    results: Sequence[Checked],
    failures: Sequence[str],
    policy: Policy,
    form: str,
    rewritings: "Sequence[Rewriting]" = (),
) -> None:
    """Show what was found in each text, as people, scripts or code scanners read it, and what wasn't read."""
    if form == "json":
        told = [rewriting.model_dump(mode="json") for rewriting in rewritings] or [{} for _ in results]
        print_json([report(one) | more for one, more in zip(results, told, strict=True)])
    elif form == "sarif":
        from aboveboard import __version__
        from aboveboard.sarif import sarif

        print_json(sarif(results, policy, __version__, failures))
    else:
        _show_findings(results, policy, rewritings)
    say_wrong(failures)


def _show_findings(results: Sequence[Checked], policy: Policy, rewritings: "Sequence[Rewriting]") -> None:
    console = stdout()
    for number, one in enumerate(results):
        for finding in one.inspection.findings:
            line, column = place(one.text, finding.start)
            show_finding(console, finding, policy, f"{plain(one.name)}:{line}:{column}: ")
        if rewritings:
            from aboveboard.telling_explained import show_rewriting

            show_rewriting(rewritings[number])
    found = sum(len(one.inspection.findings) for one in results)
    if found:
        texts = f"{len(results)} text" + ("s" if len(results) > 1 else "")
        stderr().print(f"{found} finding{'s' if found > 1 else ''} in {texts}.")
    elif sys.stdout.isatty():
        console.print("[green]✓[/green] nothing found")


def show_finding(console: "Console", finding: Finding, policy: Policy, where: str = "") -> None:
    """Show one finding: its weight and words, why, a way out, and the law it rests on."""
    colour = WEIGHTS[finding.severity.value]
    laws = [f"{law.title}, {law.article}" for law_id in finding.law if (law := policy.law(law_id))]
    weight = f"[{colour}]{finding.severity.value}[/{colour}]"
    lines = [f"{where}{weight} [bold]{finding.rule}[/bold] “{brief_of(finding.quote, 120)}”"]
    told = [f"{evidence.kind}: {evidence.says}" for evidence in finding.evidence if evidence.kind != "cue"]
    if finding.severity is Severity.NOTE and any(one.kind == "reading" for one in finding.evidence):
        # a cue that the whole makes innocent: nothing is wanted of anybody, so nothing more is said
        lines += [f"    [dim]{brief_of(one, 300)}[/dim]" for one in told]
        console.print("\n".join(lines), soft_wrap=True)
        return
    lines += [f"    {brief_of(finding.message, 300)}", *(f"    [dim]{brief_of(one, 300)}[/dim]" for one in told)]
    lines.append(f"    Fix: {plain(finding.fix)}")
    if laws:
        more = f", and {len(laws) - 2} more: aboveboard policy explain {finding.rule}" if laws[2:] else ""
        lines.append(f"    [dim]Law: {plain('; '.join(laws[:2]))}{more}[/dim]")
    console.print("\n".join(lines), soft_wrap=True)


def show_lines(source: str, base: dict[str, Any], policy: Policy, workspace: Path, jobs: int = 0) -> int:
    """Answer each JSON line with one; return the exit code: 2 after a bad line, 1 with one held back, or 0."""
    code = 0
    lines = _standard_input() if source == "-" else lines_of(Path(source))
    with closing(_answers(lines, base, policy, workspace, jobs)) as answers:
        for answer in _counted(answers):
            print_json(answer, indent=None)
            if "error" in answer:
                code = 2
            elif answer["verdict"] != "pass":
                code = max(code, 1)
    return code


def _answers(
    lines: Iterator[bytes], base: dict[str, Any], policy: Policy, workspace: Path, jobs: int
) -> Generator[dict[str, Any]]:
    from aboveboard import bulk
    from aboveboard.asking import lent_critic
    from aboveboard.settings import read_settings
    from aboveboard.workspace import own_rules

    with lent_critic(workspace, own_rules(workspace)) as critic:
        if critic is None:
            yield from bulk.answers(lines, base, policy, jobs)
            return
        from aboveboard.consulting import with_critic

        at_once = jobs or read_settings(workspace).concurrency
        yield from bulk.answers_of_critic(lines, base, policy, with_critic(run_direct, critic), at_once)


def _standard_input() -> Iterator[bytes]:
    """Yield the lines of standard input, through a file of our own.

    A thread may wait in it when we stop, and Python dies of a thread that holds its own standard input.
    """
    try:
        yield from lines_in(os.fdopen(os.dup(sys.stdin.fileno()), "rb"))
    except (OSError, ValueError):  # a test's, without a file behind it
        yield from lines_in(sys.stdin.buffer)


def _counted(answers: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the answers, counting them on a terminal that isn't shown the answers themselves."""
    if sys.stdout.isatty() or not sys.stderr.isatty():
        yield from answers
        return
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), MofNCompleteColumn(), "judged", TimeElapsedColumn())
    with Progress(*columns, console=stderr(), transient=True) as progress:
        bar = progress.add_task("judged", total=None)
        for answer in answers:
            yield answer
            progress.advance(bar)


def show_queue(waiting: Sequence[Recorded], as_json: bool) -> None:
    """Show what waits for a decision, soonest first."""
    if as_json:
        print_json([one.model_dump(mode="json") for one in waiting])
        return
    if not waiting:
        stderr().print("Nothing waits for review.")
        return
    show_rows(
        ("draft", "goes out", "channel", "rules", "words"), [_waiting(one) for one in waiting], squeeze="words"
    )
    if sys.stdout.isatty():
        stdout().print("Look at one: aboveboard review show <draft>")


def _waiting(one: Recorded) -> tuple[str, ...]:
    slot, findings = one.judged.draft.slot, one.judged.inspection.findings
    quotes = dict.fromkeys(f"“{brief_of(finding.quote)}”" for finding in findings if finding.severity.rank)
    rules = ", ".join(one.judged.verdict.rules)
    return one.id[:8], f"{slot.at:%Y-%m-%d %H:%M}", slot.channel, rules, " ".join(quotes)


def show_draft(one: Recorded, policy: Policy, rewriting: "Rewriting | None" = None) -> None:
    """Show one draft as a reviewer needs it: the words, each rule with its law and a way out, what was tried."""
    console = stdout()
    draft, inspection = one.judged.draft, one.judged.inspection
    colour = COLOURS.get(one.state, "dim")
    state = f"[{colour}]{SIGNS[one.state]} {one.state}[/{colour}]"
    console.print(f"{state} {draft.slot.channel}, {draft.slot.at:%a %d %b %Y %H:%M}, draft {one.id[:12]}")
    console.print(f"\n{_marked(one.judged)}\n", soft_wrap=True)
    if draft.picture:
        console.print(f"[dim]Picture: {plain(draft.picture.alt_text)}[/dim]\n", soft_wrap=True)
    for finding in inspection.findings:
        show_finding(console, finding, policy)
    for says in dict.fromkeys(support.says for support in inspection.supports):
        console.print(f"[green]✓[/green] {plain(says)}", soft_wrap=True)
    _show_history(console, one)
    if rewriting:
        from aboveboard.telling_explained import show_rewriting

        show_rewriting(rewriting)
    if one.state in {"flagged", "blocked"}:
        ways = "approve, edit or reject" if one.state == "flagged" else "edit or reject"
        console.print(f"\nDecide: {ways} it, as in aboveboard review reject {one.id[:8]} --reason …")


def _marked(judged: Judged) -> str:
    """Return the post with the words in question marked, safe for a terminal."""
    parts = pieces(judged.draft.post, judged.inspection)
    marked = ((plain(part.text), MARKS.get(part.weight)) for part in parts)
    return "".join(f"[{style}]{text}[/{style}]" if style else text for text, style in marked)


def _show_history(console: "Console", one: Recorded) -> None:
    for number, attempt in enumerate(one.judged.attempts, 1):
        rules = ", ".join(sorted({finding.rule for finding in attempt.findings})) or "nothing found"
        console.print(f"[dim]Wording {number} ({rules}): {plain(attempt.post)}[/dim]", soft_wrap=True)
    for made in one.decisions:
        done = f"{made.at:%Y-%m-%d %H:%M} {made.action} by {plain(made.actor)} ({plain(made.role)})"
        console.print(f"{done}: {plain(made.reason)}" if made.reason else done, soft_wrap=True)


def show_rewording(before: Recorded, after: Recorded, policy: Policy) -> None:
    """Show which findings an edit made go away, and which it brought."""
    console = stdout()
    for rule, quote in _gone(before.judged, after.judged):
        console.print(f"[green]gone[/green] {rule} “{brief_of(quote)}”", soft_wrap=True)
    for rule, quote in _gone(after.judged, before.judged):
        console.print(f"[yellow]new[/yellow] {rule} “{brief_of(quote)}”", soft_wrap=True)
    show_draft(after, policy)
    _say_next(console, after)


def _gone(before: Judged, after: Judged) -> Iterable[tuple[str, str]]:
    return sorted(_found(before) - _found(after))


def _found(judged: Judged) -> set[tuple[str, str]]:
    return {(finding.rule, finding.quote) for finding in judged.inspection.findings}


def show_decision(before: Recorded, after: Recorded) -> None:
    """Show what a decision changed and what comes next."""
    console = stdout()
    console.print(f"{after.id[:8]}: {before.state} → {after.state}.")
    _say_next(console, after)


def _say_next(console: "Console", one: Recorded) -> None:
    if one.state in {"cleared", "withdrawn"}:
        joins = "join" if one.state == "cleared" else "leave"
        console.print(f"To have it {joins} the bundle: aboveboard release {one.campaign}")


def show_notices(notices: "Sequence[Notice]", as_json: bool, dry_run: bool) -> None:
    """Say which drafts somebody was told of; nothing where none is due."""
    if as_json:
        told = [{"draft": n.one.id, "kind": n.kind, "deadline": n.deadline.isoformat()} for n in notices]
        print_json(told)
        return
    for notice in notices:
        done = ("would be " if dry_run else "") + ("escalated" if notice.kind == "escalate" else "reminded of")
        when = f"{notice.deadline:%d %b %Y %H:%M}"
        stdout().print(f"{done}  {plain(notice.one.judged.draft.slot.id)}  to be decided by {when}")
