"""What a copy asserts: every date, duration, quantity, price and percentage in it, each weighed against the facts.

A claim is `supported` where a fact gives its value, `contradicted` where a fact gives another one for the same
thing, `unsupported` where no fact says it, and `puffery` where the words only play with a number.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from aboveboard.asserting import asserts
from aboveboard.charges import Omitted, left_out
from aboveboard.finding import Copy
from aboveboard.idioms import HYPERBOLE, IDIOMS
from aboveboard.known import known
from aboveboard.measures import Measure
from aboveboard.normal import normalise
from aboveboard.patterns import meetings
from aboveboard.selfsame import Selfsame
from aboveboard.spoken import Spoken, spoken
from aboveboard.weighing import Told, weigh

Kind = Literal[
    "date", "duration", "quantity", "price", "percent",
    "popularity", "ranking", "award", "green", "health", "general",
]  # fmt: skip
Standing = Literal["supported", "contradicted", "unsupported", "puffery"]


@dataclass(frozen=True)
class Claim:
    """A stretch of copy that can be true or false: `text[start:end] == quote`, and what the facts say to it."""

    kind: Kind
    start: int
    end: int
    quote: str
    measures: tuple[Measure, ...] = ()
    subject: tuple[str, ...] = ()
    standing: Standing = "unsupported"
    says: str = ""
    fact: str | None = None
    omits: Omitted | None = None  # what a fact adds to this price and the copy leaves out


def claims_of(copy: Copy) -> tuple[Claim, ...]:
    """Return the typed claims of `copy` in the order of its words, in time linear in its length."""
    return _claims(Selfsame(copy))


@lru_cache(maxsize=64)
def _claims(asked: Selfsame[Copy]) -> tuple[Claim, ...]:
    copy = asked.thing
    today = copy.at.astimezone(copy.zone).date()
    said = spoken(copy.text, copy.language, today)
    if not said:
        return ()
    idle, playful = _idle(copy, IDIOMS), _idle(copy, HYPERBOLE)
    facts = known(copy)
    claims = []
    for one in said:
        if _touches(one, idle):
            continue
        if _touches(one, playful):
            told = Told("puffery", f"'{one.quote}' plays with a number", None)
        else:
            told = weigh(one, said, facts, copy)
        if told.standing == "unsupported" and not asserts(one, copy):
            continue
        claims.append(_claim(one, told, left_out(one, said, facts)))
    return tuple(claims)


def _claim(one: Spoken, told: Told, omits: Omitted | None) -> Claim:
    return Claim(
        kind=one.kind,
        start=one.start,
        end=one.end,
        quote=one.quote,
        measures=one.measures,
        subject=one.subject,
        standing=told.standing,
        says=told.says,
        fact=told.fact,
        omits=omits,
    )


def _idle(copy: Copy, patterns: dict[str, tuple[str, ...]]) -> list[tuple[int, int]]:
    """Return where the numbers of `copy` stand in words that assert nothing, in its language or English."""
    plain = normalise(copy.text)
    return [
        plain.original(meeting.start, meeting.end)
        for language in dict.fromkeys((copy.language, "en"))
        for meeting in meetings(patterns.get(language, ()), language, plain.text)
    ]


def _touches(one: Spoken, places: list[tuple[int, int]]) -> bool:
    return any(start <= one.start < end for start, end in places)
