"""Propose rewrites of a copy that keep what it is for and pass the guards: by the facts, and by leaving out.

No wording is proposed that the guards, handed in as a function, wouldn't let pass; none that has lost more than
half of its content words; and none that keeps one price and leaves another out, which would hide a cost. Where
nothing remains to propose, it says so.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from difflib import SequenceMatcher
from typing import Literal

from aboveboard.agreeing import alike, content
from aboveboard.correcting import by_statement, by_value
from aboveboard.finding import Copy, Finding, Frozen, Inspection, judge
from aboveboard.measures import Price, numbers_in
from aboveboard.policy import Policy, Rule
from aboveboard.posting import sponsored_label
from aboveboard.trimming import without_clause, without_parameter, without_phrase, without_sentence

MOST = 2  # rewrites worth a reader's time
ROUNDS = 12  # changes to one text; one that needs more wants a writer
LONGEST = 4000  # characters: more is an article, not a caption
LEAST_KEPT = 0.5  # of the content words
LEAST_WORDS = 2  # content words of its own: fewer are no post
_TOKEN = re.compile(r"\w+|[^\w\s]|\s+")
_APPENDED = re.compile(r"https?://\S+|#\w+")
_PARAMETER = re.compile(r"https?://\S*[?&#;]$")

How = Literal["model", "facts", "left out", "label", "link"]
Inspect = Callable[[Copy], Inspection]
Way = Callable[[Copy, Finding, Rule], str | None]


class Change(Frozen):
    """A stretch of a word diff: words that stay, go or come."""

    kind: Literal["same", "gone", "new"]
    text: str


class Rewrite(Frozen):
    """A wording that passes, how it came about, and what changed word by word."""

    text: str
    how: tuple[How, ...]
    kept: float  # share of the content words
    changes: tuple[Change, ...]


class Rewriting(Frozen):
    """Up to two rewrites; with none, why not."""

    rewrites: tuple[Rewrite, ...] = ()
    otherwise: str = ""


def rewritten(
    copy: Copy, inspection: Inspection, policy: Policy, inspect: Inspect, written: Iterable[str] = ()
) -> Rewriting:
    """Return rewrites of `copy`, in which `inspection` found something; `written` are a model's, tried first.

    `inspect` judges a copy as the guards do; what it doesn't let pass is not proposed.
    """
    weighty = _weighty(inspection)
    linked = [finding for finding in inspection.findings if _in_link(copy, finding)]
    if not weighty and not linked:
        return Rewriting()
    if len(copy.text) > LONGEST:
        return Rewriting(otherwise=f"Longer than {LONGEST:,} characters: reword the sentences that are quoted.")
    proposals: dict[str, Rewrite] = {}
    for text, how in _proposed(copy, policy, inspect, written):
        if len(proposals) < MOST and text not in proposals and text != copy.text:
            share = kept(copy.text, text)
            answer = inspect(copy.model_copy(update={"text": text}))
            if share >= LEAST_KEPT and judge(answer, policy.required).outcome == "pass":
                proposals[text] = Rewrite(text=text, how=how, kept=round(share, 2), changes=diff(copy.text, text))
    if proposals:
        return Rewriting(rewrites=tuple(proposals.values()))
    fixes = dict.fromkeys(finding.fix for finding in weighty or linked)
    return Rewriting(otherwise=f"No local rewrite passes: {' '.join(fixes)}")


def _proposed(
    copy: Copy, policy: Policy, inspect: Inspect, written: Iterable[str]
) -> Iterator[tuple[str, tuple[How, ...]]]:
    for text in written:
        yield text.strip(), ("model",)
    for ways in ORDERS:
        mended = _mended(copy, policy, inspect, ways)
        if mended is not None:
            yield mended


def _mended(
    copy: Copy, policy: Policy, inspect: Inspect, ways: tuple[tuple[How, Way], ...]
) -> tuple[str, tuple[How, ...]] | None:
    """Return a text without weighty findings; each step is the first change that leaves fewer of them."""
    used: list[How] = []
    inspection = inspect(copy)
    for _ in range(ROUNDS):
        open_ones = _weighty(inspection) + [one for one in inspection.findings if _in_link(copy, one)]
        if not open_ones:
            return copy.text, tuple(dict.fromkeys(used))
        step = _step(copy, open_ones, policy, inspect, ways)
        if step is None:
            return None
        copy, inspection, how = step
        used.append(how)
    return None


def _step(
    copy: Copy, findings: list[Finding], policy: Policy, inspect: Inspect, ways: tuple[tuple[How, Way], ...]
) -> tuple[Copy, Inspection, How] | None:
    for finding in sorted(findings, key=lambda one: (-one.severity.rank, -one.start)):
        rule = policy.rule(finding.rule)
        for how, way in ways if rule else ():
            text = way(copy, finding, rule) if rule else None
            if text is None or text == copy.text:
                continue
            changed = copy.model_copy(update={"text": text})
            answer = inspect(changed)
            left = _weighty(answer) + [one for one in answer.findings if _in_link(changed, one)]
            if len(left) < len(findings):
                return changed, answer, how
    return None


def _weighty(inspection: Inspection) -> list[Finding]:
    return [finding for finding in inspection.findings if finding.severity.rank > 0]


def _in_link(copy: Copy, finding: Finding) -> bool:
    """Whether the finding is a parameter of a link, which can be cut whatever it weighs."""
    return "=" in finding.quote and bool(_PARAMETER.search(copy.text, 0, finding.start))


def _labelled(copy: Copy, finding: Finding, rule: Rule) -> str | None:
    if rule.guard != "disclosure":
        return None
    return f"{sponsored_label(copy.language)}\n\n{copy.text.lstrip()}"


def _only_label(copy: Copy, finding: Finding, rule: Rule) -> str | None:
    """Put the label first and take the tag away that stood for it too late or said it too vaguely."""
    if rule.guard != "disclosure" or not finding.quote.startswith("#"):
        return None
    rest = copy.text[: finding.start].rstrip() + copy.text[finding.end :]
    return f"{sponsored_label(copy.language)}\n\n{rest.strip()}"


def _unlinked(copy: Copy, finding: Finding, rule: Rule) -> str | None:
    return without_parameter(copy.text, finding.start, finding.end) if _in_link(copy, finding) else None


def _cut(by: Callable[[str, int, int, str], str | None]) -> Way:
    def way(copy: Copy, finding: Finding, rule: Rule) -> str | None:
        text = by(copy.text, finding.start, finding.end, copy.language)
        return None if text is None or 0 < _prices(text, copy) < _prices(copy.text, copy) else text

    return way


def _prices(text: str, copy: Copy) -> int:
    return sum(isinstance(number, Price) for number in numbers_in(text, copy.language))


ALWAYS: tuple[tuple[How, Way], ...] = (("label", _labelled), ("link", _unlinked))
FACTS: tuple[tuple[How, Way], ...] = (("facts", by_value), ("facts", by_statement))
CUTS: tuple[tuple[How, Way], ...] = (
    ("left out", _cut(without_phrase)),
    ("left out", _cut(without_clause)),
    ("left out", _cut(without_sentence)),
)
ORDERS = (
    (*ALWAYS, *FACTS, *CUTS),
    (("label", _only_label), *ALWAYS, *CUTS),
    (*ALWAYS, *FACTS[1:], *CUTS[2:]),
    (*ALWAYS, *CUTS[2:]),
)


def kept(before: str, after: str) -> float:
    """Return the share of the content words of `before` that `after` still has; links and hashtags don't count.

    What has hardly a word of its own left has kept nothing.
    """
    words, left = content(_APPENDED.sub(" ", before)), content(_APPENDED.sub(" ", after))
    if words and len(left) < LEAST_WORDS:
        return 0.0
    return sum(any(alike(word, other) for other in left) for word in words) / len(words) if words else 1.0


def diff(before: str, after: str) -> tuple[Change, ...]:
    """Return what changed, word by word: what stays or goes is `before`, what stays or comes is `after`."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    changes: list[Change] = []
    for action, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if action == "equal":
            changes.append(Change(kind="same", text="".join(old[a:b])))
            continue
        changes += [Change(kind="gone", text="".join(old[a:b]))] if a < b else []
        changes += [Change(kind="new", text="".join(new[c:d]))] if c < d else []
    return tuple(changes)
