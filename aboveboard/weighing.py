"""What the facts say to one value of a copy: the fact that gives it, or one that gives another for the same."""

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal

from aboveboard.agreeing import agrees, content, same_unit, same_way, share_a_word, statements
from aboveboard.brief import Fact
from aboveboard.finding import Copy
from aboveboard.known import Known
from aboveboard.measures import Amount, Clock, Day, Few, Hours, Measure, Percent, Period, Price, Span, Times
from aboveboard.reckoning import reckoned
from aboveboard.selfsame import Selfsame
from aboveboard.spoken import Spoken
from aboveboard.timing import adjoin, clocks_of, in_turn, last_day, one_weekday, other_time, same_time

SMALL = 10  # the most that "a few" may stand for
TODAY = frozenset(
    "today tonight heute hoy aujourd'hui oggi stasera stanotte".split()
    + ["heute abend", "heute nacht", "esta noche", "esta tarde", "ce soir", "cette nuit"]
)
WITHIN = re.compile(r"(?:in|within|under|inside|innerhalb|en|dans|entro)\b")
TIMED = re.compile(r"\d{1,2}[.:][0-5]\d")
FAR = 32  # times as long: days are no word against years
ROUND = 5  # per cent: "99 %" is met by chance more seldom than "20 %"
LARGE = 100  # two bare numbers from here on, in sentences about one thing, are hardly of two things
Counted = Amount | Percent | Price | Times | Span


@dataclass(frozen=True)
class Told:
    """How a value stands, in words, and the fact that says so."""

    standing: Literal["supported", "contradicted", "unsupported", "puffery"]
    says: str
    fact: str | None


def weigh(one: Spoken, said: tuple[Spoken, ...], facts: Known, copy: Copy) -> Told:
    """Return what the facts say to `one`, a value among all that is `said` in the copy."""
    if one.kind == "date" and any(isinstance(m, Day) and not m.readings for m in one.measures):
        return Told("contradicted", f"'{one.quote}': that date falls on another weekday", None)
    today = copy.at.astimezone(copy.zone).date()
    one = in_turn(one, said) if one.kind == "date" else one
    for fact, values in facts:
        fitting = tuple([value for value in values if _comparable(one, value, said, fact, copy)])
        proof = _proof(one, fitting, today) or reckoned(one, values, copy)
        if proof:
            return Told("supported", f"'{one.quote}': {fact.id} says: {_statement(fact, copy)} ({proof})", fact.id)
    for fact, values in facts:
        if one.kind != "date" and any(_same(one, value, today) for value in values):
            continue  # the fact has that very number, so no other number in it speaks against it
        for value in values:
            if _against(one, value) and not _same(one, value, today) and not _taken(value, one, said, today):
                return Told("contradicted", f"'{one.quote}': {fact.id} says {value.quote}", fact.id)
    return Told("unsupported", f"'{one.quote}': no fact in the brief says so", None)


def _distinctive(said: Measure, value: Spoken) -> bool:
    """Whether a number is seldom met by chance: a large one, or the very value the brief gives for the fact."""
    number = said.readings[0] if isinstance(said, Amount | Percent) else 0.0
    whole = isinstance(said, Amount) and number >= LARGE or isinstance(said, Percent) and bool(number % ROUND)
    return whole or value.quote.startswith("value") and (number >= SMALL or number != int(number))


def _statement(fact: Fact, copy: Copy) -> str:
    return statements(fact, copy)[0][0]


def _comparable(one: Spoken, value: Spoken, said: tuple[Spoken, ...], fact: Fact, copy: Copy) -> bool:
    """Whether a fact's value may prove `one`: money and units tell for themselves, bare numbers by their company.

    A fact that is not told in the copy's language can't share words with it.
    """
    last = one.measures[-1]
    if isinstance(last, Percent) and not same_way((*one.before[-2:], *one.after[:2]), value.sentence):
        return False
    if isinstance(last, Price | Day | Clock | Hours | Period) or isinstance(last, Amount) and last.unit:
        return True
    if _distinctive(last, value) or not _told_in(copy.language, fact, copy):
        return True
    own = {*content(one.quote), *content(value.quote)}
    spoken_of = _words_of(Selfsame(said))
    return share_a_word(spoken_of - own, [word for word in value.sentence if word not in own])


def _told_in(language: str, fact: Fact, copy: Copy) -> bool:
    return any(language == other for _, other in statements(fact, copy))


@lru_cache(maxsize=8)
def _words_of(said: Selfsame[tuple[Spoken, ...]]) -> frozenset[str]:
    """Return the content words of all sentences with a value in them."""
    return frozenset([word for one in said.thing for word in one.sentence])


def _taken(value: Spoken, one: Spoken, said: tuple[Spoken, ...], today: date) -> bool:
    """Whether another value of the copy is the one the fact gives: then the fact is no word against this one."""
    others = (other for other in said if other.start != one.start and (other.limits or not value.limits))
    return any(_same(other, value, today) for other in others)


def _proof(one: Spoken, values: tuple[Spoken, ...], today: date) -> str | None:
    """Return the words of a fact that give every measure of `one`, if it has them."""
    whole = next((value.quote for value in values if _same(one, value, today)), None)
    if whole or len(one.measures) < 2:
        return whole
    parts = [replace(one, measures=(measure,)) for measure in one.measures]
    found = [next((value.quote for value in values if _same(part, value, today)), None) for part in parts]
    return None if None in found else " and ".join(part for part in found if part)


def _same(one: Spoken, value: Spoken, today: date) -> bool:
    if one.kind == "date":
        return same_time(last_day(one), last_day(value), today) or (
            adjoin(one, value) and share_a_word(one.before, value.sentence)
        )
    if (said := _hours(one)) and (known := _hours(value)):
        return [hour % 12 for hour in said] == [hour % 12 for hour in known]
    return all(any(_equal(m, v) or _sooner(one, m, v) for v in value.measures) for m in one.measures)


def _hours(one: Spoken) -> list[float]:
    """Return two bare numbers that may be hours, "open 10 to 5"; nothing of anything else."""
    bare = [m.readings[0] for m in one.measures if isinstance(m, Amount) and not m.unit]
    return bare if len(bare) == len(one.measures) == 2 and all(0 <= hour <= 24 for hour in bare) else []


def _sooner(one: Spoken, said: Measure, known: Measure) -> bool:
    """Whether what is done "in 60 seconds" takes no more, and not much less."""
    if not (isinstance(said, Span) and isinstance(known, Span) and WITHIN.match(one.quote.lower())):
        return False
    return said.low / 2 <= known.low <= said.low


def _equal(said: Measure, known: Measure) -> bool:
    """Whether two values are one number, kind and unit allowing; a bare number may be of any kind."""
    if isinstance(said, Counted | Few) and isinstance(known, Counted):
        if isinstance(said, Price) and isinstance(known, Price) and _foreign(said, known):
            return False
        if agrees(said, known, SMALL):
            return True
        if isinstance(known, Span):
            return isinstance(said, Amount) and not said.unit and known.low / known.unit in said.readings
        a, b = getattr(said, "readings", ()), getattr(known, "readings", ())
        bare = any(isinstance(m, Amount) and not m.unit for m in (said, known))
        return bare and bool(set(a) & set(b))
    if isinstance(said, Amount) and not said.unit:
        if isinstance(known, Period):  # "ninety" for the 90th birthday, "2019" for in 2019
            return bool({known.day, known.year} & set(said.readings))
        return (
            any(clock.hour % 12 == said.readings[0] % 12 for clock in clocks_of(known)) and said.readings[0] < 25
        )
    return False


def _foreign(said: Price, known: Price) -> bool:
    """Whether the two are sums of different money; nothing is nothing in any."""
    return bool(said.currency and known.currency and said.currency != known.currency)


def _against(one: Spoken, value: Spoken) -> bool:
    """Whether a fact's value is another one for the same thing, so that both can't hold."""
    if one.kind == "date":
        if not one.limits and isinstance(one.measures[-1], Period):
            return False
        words = one.sentence if one.limits else one.subject
        if one.measures[-1].says in TODAY and not one.limits:
            return False  # "today" is mostly the day of posting
        if not one.limits and one_weekday(one.measures[-1], value.measures[-1]):
            return False  # "on a Wednesday"
        return other_time(one, value) and share_a_word(words, value.sentence)
    m, v = one.measures[-1], value.measures[-1]
    if isinstance(m, Price) and not m.readings[0] or isinstance(v, Price) and not v.readings[0]:
        return False  # what "free" hides is `charges`' business
    if type(m) is not type(v) or not isinstance(m, Counted):
        return False
    if isinstance(m, Amount) and isinstance(v, Amount) and not same_unit(m, v):
        return False
    if isinstance(m, Span) and isinstance(v, Span) and max(m.low, v.low) > FAR * min(m.low, v.low):
        return False
    if TIMED.fullmatch(one.quote) or _hours(one) and not _hours(value):
        return False  # a time of day
    if isinstance(m, Amount) and not m.unit:
        return _one_thing(one, value, m, v)
    return share_a_word(one.sentence, value.sentence)


def _one_thing(one: Spoken, value: Spoken, said: Amount, known: Measure) -> bool:
    """Whether two bare numbers count the same: by their nouns, as what is left, or large in one sentence."""
    if isinstance(known, Amount) and 1900 <= known.readings[0] <= 2100:
        return False
    if share_a_word(one.heads, value.heads or value.after):
        return True
    large = min(said.readings[0], known.readings[0] if isinstance(known, Amount) else 0) >= LARGE
    return (large or one.left and (value.left or value.quote.startswith("stock"))) and share_a_word(
        one.sentence, value.sentence
    )
