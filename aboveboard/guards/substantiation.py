"""The guard of objective claims: what can be true or false must stand in the facts, numbers and words alike.

`rule.cues` says what a claim looks like. `rule.options` may hold
    share     how much of a claim's content words one fact must contain, 0 to 1 (else all, or its numbers)
    specific  true: the words are too general to be proven; the copy itself must state a specific fact with them
    never_by  patterns by language; a fact that meets one proves nothing (a carbon offset proves no neutrality)
    dates     true: dates in the copy must be dates of the facts, where the facts have any
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from aboveboard.agreeing import (
    WAYS,
    agrees,
    alike,
    content,
    offered,
    related,
    same_unit,
    same_way,
    statements,
    values_of,
)
from aboveboard.brief import Fact, usable
from aboveboard.claims import Claim as Typed
from aboveboard.claims import claims_of
from aboveboard.finding import Copy, Evidence, Finding, Support
from aboveboard.guarding import found
from aboveboard.guards.cues import cues_met, supported, values
from aboveboard.measures import Amount, Measure, Percent, Price, Span, Times, numbers_in
from aboveboard.normal import fold, sentence
from aboveboard.patterns import places
from aboveboard.policy import Rule
from aboveboard.proving import SMALL_STOCK, comparable, contrary_dates

NEIGHBOURS = 4  # content words on each side that say what a number is about
REACH = 160  # characters on each side they are looked for in: a text without full stops must not cost its square
Counted = Amount | Percent | Price | Times | Span


@dataclass(frozen=True)
class Claim:
    """A stretch of copy that can be true or false, its values, and the words that say what it is about."""

    start: int
    end: int
    quote: str
    measures: tuple[Measure, ...]
    copy: Copy

    @cached_property
    def subject(self) -> tuple[str, ...]:
        return _subject(self.copy, self.start, self.end, self.measures)


def inspect(rule: Rule, copy: Copy) -> tuple[list[Finding], list[Support]]:
    """Find the claims of `rule`'s kind and compare each with the facts. Source: UCPD Art. 6 and 12."""
    findings: list[Finding] = []
    supports: list[Support] = []
    typed = claims_of(copy) if rule.cues else ()
    for claim in claims(rule, copy):
        evidence = _by_type(rule, claim, typed) or weigh(rule, claim, copy)
        if evidence.kind == "supported":
            supports.append(supported(rule, copy, claim.start, claim.end, evidence))
        else:
            findings.append(found(rule, copy, claim.start, claim.end, [evidence]))
    if rule.options.get("dates"):
        known = [one for one in typed if one.kind == "date" and one.standing == "supported"]
        findings += [
            found(rule, copy, start, end, [told])
            for start, end, told in contrary_dates(copy)
            if not any(one.start < end and start < one.end for one in known)
        ]
    return findings, supports


def claims(rule: Rule, copy: Copy) -> Iterator[Claim]:
    """Yield the claims that the cues of `rule` meet in `copy`."""
    seen = set()
    for language, meeting in cues_met(rule, copy):
        start, end = meeting.start, meeting.end
        if (start, end) in seen:
            continue
        seen.add((start, end))
        quote = copy.text[start:end]
        counted = tuple(m for m in values(meeting, language, copy) if isinstance(m, Counted))
        if any(isinstance(m, Price) and not m.readings[0] for m in counted):
            continue  # "€0" is "free", which `claims` weighs
        measures = _timed(quote, language) or counted
        yield Claim(start, end, quote, measures, copy)


def _by_type(rule: Rule, claim: Claim, typed: tuple[Typed, ...]) -> Evidence | None:
    """Return the evidence of the typed claims that `claim` consists of, where its numbers are all it asserts."""
    if not claim.measures or "share" in rule.options or rule.options.get("specific"):
        return None
    inside = [one for one in typed if one.start < claim.end and claim.start < one.end]
    proven = [one for one in inside if one.standing == "supported" and one.fact]
    if not proven or len(proven) < len(inside):
        return None
    return Evidence(kind="supported", says=proven[0].says, fact=proven[0].fact)


def _timed(quote: str, language: str) -> tuple[Measure, ...]:
    """Return the length of time that `quote` is, if it is one and nothing else: "400 years" counts no things."""
    read = numbers_in(quote, language)
    return read if len(read) == 1 and isinstance(read[0], Span) and read[0].says == fold(quote) else ()


def _subject(copy: Copy, start: int, end: int, measures: tuple[Measure, ...]) -> tuple[str, ...]:
    """Return the words the claim is about: its own, but for numbers and units, and their neighbours."""
    counted = {word for measure in measures for word in content(measure.says)}
    first, last = sentence(copy.text, start, end)
    before = content(copy.text[max(first, start - REACH) : start])[-NEIGHBOURS:]
    after = content(copy.text[end : min(last, end + REACH)])[:NEIGHBOURS]
    words = content(copy.text[start:end]) + before + after
    return tuple(dict.fromkeys(word for word in words if not word[0].isdigit() and word not in counted))


def weigh(rule: Rule, claim: Claim, copy: Copy) -> Evidence:
    """Return what the facts say to `claim`: the first that proves it, else one that contradicts it, else none."""
    told = [_told(rule, claim, fact, copy) for fact in copy.facts if not _void(rule, fact, copy)]
    for kind in ("supported", "contradicted", "expired"):
        for evidence in told:
            if evidence is not None and evidence.kind == kind:
                return evidence
    return Evidence(kind="unsupported", says=f"'{claim.quote}': no fact in the brief says so")


def _told(rule: Rule, claim: Claim, fact: Fact, copy: Copy) -> Evidence | None:
    if rule.options.get("specific"):
        given = not claim.measures or _numerically(claim, fact, copy)
        itself = bool(claim.measures) and _verbally(claim, fact, copy, None)  # a number with its words is specific
        proven = given and (itself or _specifically(rule, fact, copy))
    else:
        proven = _numerically(claim, fact, copy) and _verbally(claim, fact, copy, rule.options.get("share"))
    if proven:
        kind = "supported" if usable(fact, copy.at, copy.zone) else "expired"
        return Evidence.model_validate(_says(kind, claim, fact, copy))
    if claim.measures and usable(fact, copy.at, copy.zone) and _contradicts(claim, fact, copy):
        return Evidence.model_validate(_says("contradicted", claim, fact, copy))
    return None


def _says(kind: str, claim: Claim, fact: Fact, copy: Copy) -> dict[str, str]:
    return {
        "kind": kind,
        "says": f"'{claim.quote}': {fact.id} says: {statements(fact, copy)[0][0]}",
        "fact": fact.id,
    }


def _numerically(claim: Claim, fact: Fact, copy: Copy) -> bool:
    """Whether `fact` gives every number of `claim`, about the same subject and in the same direction.

    Money and measured amounts are told apart by their units; bare numbers, percentages and times by their subject.
    """
    if not all(_given(measure, fact, copy) for measure in claim.measures):
        return False
    telling = all(isinstance(m, Price) or isinstance(m, Amount) and m.unit for m in claim.measures)
    return telling or _about(claim, fact, copy)


def _given(measure: Measure, fact: Fact, copy: Copy) -> bool:
    if any(comparable(measure, value) and agrees(measure, value, SMALL_STOCK) for value in values_of(fact, copy)):
        return True
    # A bare value has no unit of its own: the words must say the rest.
    bare = isinstance(fact.value, int | float) and isinstance(measure, Amount | Percent | Price | Times)
    return bare and float(fact.value or 0) in getattr(measure, "readings", ())


def _contradicts(claim: Claim, fact: Fact, copy: Copy) -> bool:
    """Whether `fact` gives another number of the same kind and unit for the same subject."""
    if not _about(claim, fact, copy, foreign=False):
        return False
    # A bare count belongs to the noun in the claim itself; its neighbours may be about something else.
    if all(isinstance(m, Amount) and not m.unit for m in claim.measures) and not related(claim.quote, fact, copy):
        return False
    pairs = [(m, v) for m in claim.measures for v in values_of(fact, copy) if _same_kind(m, v)]
    return any(not any(agrees(m, v, SMALL_STOCK) for n, v in pairs if n == m) for m, _ in pairs)


def _same_kind(measure: Measure, value: Measure) -> bool:
    if isinstance(measure, Span) and isinstance(value, Span):
        return measure.unit == value.unit
    if isinstance(measure, Amount) and isinstance(value, Amount) and measure.unit:
        return same_unit(measure, value)
    return comparable(measure, value)


def _about(claim: Claim, fact: Fact, copy: Copy, *, foreign: bool = True) -> bool:
    """Whether claim and fact share a subject word and point the same way.

    A fact that is not told in the copy's language can't share words; with `foreign` its numbers are enough.
    """
    known = _known(fact, copy)
    if foreign and copy.language not in {language for _, language in statements(fact, copy)}:
        return True
    ways = frozenset().union(*WAYS)
    shared = any(alike(word, other) for word in claim.subject if word not in ways for other in known)
    return shared and same_way(claim.subject, known)


def _known(fact: Fact, copy: Copy) -> tuple[str, ...]:
    texts = [text for text, _ in (*statements(fact, copy), *offered(fact, copy))]
    return tuple(
        dict.fromkeys(word for text in (*texts, fact.source, str(fact.value or "")) for word in content(text))
    )


def _verbally(claim: Claim, fact: Fact, copy: Copy, share: float | None) -> bool:
    """Whether `fact` has `share` of the claim's words; where none is asked, a claim with numbers rests on them."""
    if share is None and claim.measures:
        return True
    known = _known(fact, copy)
    wanted = [word for word in content(claim.quote) if not (claim.measures and word[0].isdigit())]
    covered = sum(any(alike(word, other) for other in known) for word in wanted)
    return bool(wanted or claim.measures) and covered >= ceil((1 if share is None else share) * len(wanted))


def _specifically(rule: Rule, fact: Fact, copy: Copy) -> bool:
    """Whether the copy itself tells most of `fact`, the rule's general words not counted."""
    for text, language in statements(fact, copy):
        general = {
            word for a, b in places(rule.cues.get(language, ()), language, text) for word in content(text[a:b])
        }
        wanted = [word for word in content(text) if word not in general]
        spoken = content(copy.text)
        told = sum(any(alike(word, other) for other in spoken) for word in wanted)
        if len(wanted) >= 2 and told >= ceil(len(wanted) / 2):
            return True
    return False


def _void(rule: Rule, fact: Fact, copy: Copy) -> bool:
    never = rule.options.get("never_by", {})
    return any(places(tuple(never.get(language, ())), language, text) for text, language in statements(fact, copy))
