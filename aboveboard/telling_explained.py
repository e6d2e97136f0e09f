"""What `explain` says: the text with words marked, each finding's path, each proof, how the verdict follows."""

import sys
from collections.abc import Iterable, Sequence

from aboveboard.explaining import Explanation, Path, Proof
from aboveboard.finding import Inspection
from aboveboard.marking import pieces
from aboveboard.rewriting import Change, Rewriting
from aboveboard.telling import COLOURS, WEIGHTS, brief_of, plain, print_json, say_wrong, stdout

MARKS = {"note": "cyan underline", "review": "yellow underline", "block": "red underline", "pass": "green"}
OUTCOMES = {"pass": COLOURS["cleared"], "review": COLOURS["flagged"], "block": COLOURS["blocked"]}
HOW = {
    "model": "worded anew by the model",
    "facts": "by the facts",
    "left out": "by leaving out",
    "label": "the label first",
    "link": "the link without what follows its reader",
}


def show_explained(explanations: Sequence[Explanation], failures: Sequence[str], as_json: bool) -> None:
    """Show each text's explanation, as people or as scripts read it, and what wasn't read."""
    if as_json:
        print_json([one.model_dump(mode="json") for one in explanations])
    else:
        for number, one in enumerate(explanations):
            _show(one, headed=len(explanations) > 1, first=number == 0)
    say_wrong(failures)


def _show(one: Explanation, *, headed: bool, first: bool) -> None:
    _say(*([] if first else [""]), *([f"[bold]{plain(one.name)}[/bold]"] if headed else []), marked(one))
    told: dict[str, int] = {}  # where each rule's law stands already
    for number, path in enumerate(one.paths, 1):
        _say("", *_path(number, path), *_rule(path, told.get(path.finding.rule)))
        told.setdefault(path.finding.rule, number)
    if one.proofs:
        _say("", "[bold]Proven[/bold]", *(line for proof in one.proofs for line in _proof(proof)))
    if one.rewriting.rewrites or one.rewriting.otherwise:
        show_rewriting(one.rewriting)
    if one.models:
        _say("", *(f"[dim]{plain(said)}[/dim]" for said in one.models))
    colour = OUTCOMES[one.verdict.outcome]
    outcome, _, why = one.follows.partition(": ")
    _say("", f"[bold {colour}]{outcome}[/bold {colour}]: {plain(why)}")


def marked(one: Explanation) -> str:
    """Return the text with the words in question marked, safe for a terminal; in a pipe the marks are gone."""
    inspection = Inspection(
        findings=tuple(path.finding for path in one.paths), supports=tuple(proof.support for proof in one.proofs)
    )
    parts = ((plain(part.text), MARKS.get(part.weight)) for part in pieces(one.text, inspection))
    return "".join(f"[{style}]{text}[/{style}]" if style else text for text, style in parts).rstrip()


def _path(number: int, path: Path) -> Iterable[str]:
    finding = path.finding
    colour = WEIGHTS[finding.severity.value]
    yield f"[bold]{number}[/bold]  [{colour}]“{brief_of(finding.quote, 160)}”[/{colour}]"
    yield f"   [bold]{finding.rule}[/bold]: {plain(path.title)}"
    yield _row("seen by", path.layer)
    for evidence in finding.evidence:
        yield _row("evidence", f"{evidence.kind}. {brief_of(evidence.says, 300)}", safe=True)
    yield _row("weighs", path.weighs)
    for way in path.clears:
        yield _row("cleared by", way)


def _rule(path: Path, before: int | None) -> Iterable[str]:
    if before:
        yield _row("law", f"as under {before}")
        return
    yield _row("means", path.definition)
    for law in path.laws:
        yield _row("law", f"{law.title}, {law.article} ({law.jurisdiction})")
        yield f"              [dim]{plain(law.url)}[/dim]"
    if path.misses:
        yield _row("can't see", "; ".join(path.misses))


def _row(name: str, words: str, *, safe: bool = False) -> str:
    return f"   [dim]{name:<10}[/dim] {words if safe else plain(words)}"


def _proof(proof: Proof) -> Iterable[str]:
    support = proof.support
    said = f": {brief_of(proof.states, 200)}" if proof.states else ""
    yield f"[green]✓[/green]  [green]“{brief_of(support.quote, 160)}”[/green] by {plain(support.fact)}{said}"
    yield f"   [dim]{support.rule}: {brief_of(support.says, 300)}[/dim]"


def show_rewriting(rewriting: Rewriting) -> None:
    """Show the rewrites beside the original, word by word; or why there is none."""
    for rewrite in rewriting.rewrites:
        how = ", ".join(HOW[one] for one in rewrite.how)
        _say("", f"[bold]Rewrite[/bold] [dim]({how}; keeps {rewrite.kept:.0%} of its words)[/dim]")
        _say((_diff(rewrite.changes) if sys.stdout.isatty() else plain(rewrite.text)).rstrip())
    if rewriting.otherwise:
        _say("", f"[yellow]{plain(rewriting.otherwise)}[/yellow]")


def _diff(changes: Iterable[Change]) -> str:
    styles = {"gone": "red strike", "new": "green bold"}
    told = ((plain(change.text), styles.get(change.kind)) for change in changes)
    return "".join(f"[{style}]{text}[/{style}]" if style else text for text, style in told)


def _say(*lines: str) -> None:
    console = stdout()
    for line in lines:
        console.print(line, soft_wrap=True)
