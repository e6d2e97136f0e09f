"""The disclosure guard: a sponsored post says so first, in words its readers know.

What the rule's `options` say: `labels` (by language: patterns of labels that are clear; a language without its own
uses the English ones) and `vague` (by language: patterns that hint at sponsorship without saying it).
"""

import re

from aboveboard.finding import Copy, Evidence, Finding, Support
from aboveboard.guarding import found
from aboveboard.normal import normalise, sentences
from aboveboard.patterns import meetings
from aboveboard.policy import Rule

Span = tuple[int, int]
WORD = re.compile(r"\w+")
NAME = re.compile(r"(?: [^\W\da-zß-ÿ][\w&'’.]*){1,3} ?[-–—:|·\n]")  # "Publicité Boréal – …": the advertiser's name
PROSE = re.compile(r" +\w")  # after "Werbung", another word makes it a sentence about advertising


def inspect(rule: Rule, copy: Copy) -> tuple[list[Finding], list[Support]]:
    """Return one finding where a sponsored caption doesn't open with a clear label; else none."""
    if not (copy.sponsored and copy.asset == "caption" and copy.text.strip()):
        return [], []
    labels = [span for span in _spans(rule, "labels", copy) if _is_label(copy.text, span)]
    if any(not WORD.search(copy.text, 0, start) for start, _ in labels):
        return [], []
    vague = _spans(rule, "vague", copy)
    if labels:
        before = len(WORD.findall(copy.text[: labels[0][0]]))
        return [_finding(rule, copy, labels[0], f"the label comes after {before} words; it has to come first")], []
    if vague:
        return [_finding(rule, copy, vague[0], "these words hint at sponsorship and don't say it")], []
    return [_finding(rule, copy, sentences(copy.text)[0], "no label says that this post is paid for")], []


def _spans(rule: Rule, option: str, copy: Copy) -> list[Span]:
    by_language = rule.options.get(option, {})
    language = copy.language if copy.language in by_language else "en"
    plain = normalise(copy.text)
    met = meetings(tuple(by_language.get(language, ())), language, plain.text)
    return [plain.original(meeting.start, meeting.end) for meeting in met]


def _is_label(text: str, span: Span) -> bool:
    """Whether the words at `span` are a label: tagged, of several words, loud, or set off from what follows."""
    start, end = span
    words = text[start:end]
    loud = len(words) > 3 and words.isupper() and not text.isupper()
    return (
        words.startswith("#") or " " in words or loud or not PROSE.match(text, end) or bool(NAME.match(text, end))
    )


def _finding(rule: Rule, copy: Copy, span: Span, says: str) -> Finding:
    start, end = span
    return found(
        rule, copy, start, start + len(copy.text[start:end].rstrip()), [Evidence(kind="unsupported", says=says)]
    )
