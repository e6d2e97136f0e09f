"""Values in words, read as values: days, spans of time, amounts, prices, percentages, in five languages.

Words may be read in more than one way ("Sunday" said on a Sunday, "2.000"): a measure keeps every fair reading.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Literal

from aboveboard.days import clock, days, hours_of, period, weekday_differs, zone
from aboveboard.normal import fold
from aboveboard.numerals import CROWD, numbers
from aboveboard.patterns import meetings
from aboveboard.placeholders import CURRENCY, WORDS

Bound = Literal["exactly", "at least", "about", "at most"]


@dataclass(frozen=True)
class Measured:
    """What a placeholder caught: the words it says."""

    says: str


@dataclass(frozen=True)
class Day(Measured):
    """A day, and a time of day where the words give one."""

    readings: tuple[date, ...]
    clock: time | None = None
    zone: str | None = None  # IANA name of the zone the words give; None: the brief's


@dataclass(frozen=True)
class Clock(Measured):
    """A time of day alone."""

    clock: time


@dataclass(frozen=True)
class Hours(Measured):
    """A time of day that doesn't say which half of the day it means: "until eight"."""

    readings: tuple[time, ...]


@dataclass(frozen=True)
class Period(Measured):
    """A month, a season, a feast or a year: `months` are 1 to 12, `day` the feast's own."""

    months: tuple[int, ...] = ()
    year: int | None = None
    day: int | None = None


@dataclass(frozen=True)
class Span(Measured):
    """A length of time in hours, from `low` to `high`; `unit` is the length of its unit in hours."""

    low: float
    high: float
    unit: float


@dataclass(frozen=True)
class Amount(Measured):
    """A number of things. `unit` is empty for a plain count."""

    readings: tuple[float, ...]
    bound: Bound = "exactly"
    unit: str = ""


@dataclass(frozen=True)
class Few(Measured):
    """A small number that is not said."""


@dataclass(frozen=True)
class Percent(Measured):
    readings: tuple[float, ...]
    bound: Bound = "exactly"


@dataclass(frozen=True)
class Price(Measured):
    readings: tuple[float, ...]
    currency: str
    bound: Bound = "exactly"


@dataclass(frozen=True)
class Times(Measured):
    """A multiple: "3x", "twice"."""

    readings: tuple[float, ...]


Measure = Day | Clock | Hours | Period | Span | Amount | Few | Percent | Price | Times

TIMED = (
    "date",
    "weekday",
    "time",
    "monthday",
    "hour",
    "period",
    "month",
)  # placeholders whose value depends on the day it is read
HOURS = {
    "s": 1 / 3600,
    "m": 1 / 60,
    "h": 1.0,
    "d": 24.0,
    "w": 168.0,
    "fortnight": 336.0,
    "month": 730.0,
    "year": 8760.0,
}
TIME_UNITS = {
    "m": ("min",),
    "month": ("mon", "mes", "moi"),
    "h": ("h", "std", "stu", "heu", "or"),
    "d": ("d", "night", "tag", "nächt", "nacht", "noche", "nuit", "nott", "día", "dia", "jour", "gio"),
    "fortnight": ("fort",),
    "w": ("w", "semaine", "semana", "settim"),
    "year": ("year", "jahr", "año", "an"),
    "s": ("s",),
}
MULTIPLES = {
    0.5: "half halb hälfte la mitad la moitié la metà",
    2: "twice double doppelt doppelte zweimal doble dos veces deux fois le double doppio due volte",
    3: "triple three times dreifach dreimal triple tres veces trois fois triplo tre volte",
}
FRACTIONS = {
    1 / 2: "half|die hälfte|la mitad|la moitié|la metà",
    1 / 3: "(?:a|one) third|ein drittel|una? (?:tercio|tercera parte)|un tiers|un terzo",
    2 / 3: "two[- ]thirds|zwei drittel|dos tercios|deux tiers|due terzi",
    1 / 4: "(?:a|one) quarter|ein viertel|una? (?:cuarto|cuarta parte)|un quart|un quarto",
    3 / 4: "three[- ]quarters|drei ?viertel|tres cuartos|trois quarts|tre quarti",
    1 / 5: "(?:a|one) fifth|ein fünftel|un quinto|un cinquième",
    2 / 5: "two[- ]fifths|zwei fünftel",
    3 / 5: "three[- ]fifths",
    4 / 5: "four[- ]fifths",
    1 / 10: "(?:a|one) tenth|ein zehntel|un decimo|un dixième",
}
PERCENT = re.compile(r" ?(?:%|per ?cento?|pour ?cent|por cien(?:to)?|prozent|pct)$")
BOUNDS: dict[Bound, str] = {
    "at least": "over|more than|at least|über|mehr als|mindestens|más de|al menos|plus de|au moins|oltre|più di|"
    "almeno",
    "at most": "up to|bis zu|hasta|jusqu'à|fino a",
    "about": "almost|nearly|about|around|some|fast|knapp|rund|etwa|casi|cerca de|unos|unas|presque|près de|"
    "environ|quasi|circa",
}
ONE = re.compile(r"(?:an?|one|eine[mnr]?|une?|una)[ -]")
SOME = re.compile(
    r"an? (?:few|handful|couple)|ein paar|un(?:as|os|a)? (?:par|puñado|poc[ao]s)|une poignée|una manciata"
)
BOUNDED = {bound: re.compile(rf"(?:{names}) ") for bound, names in BOUNDS.items()}


def read(name: str, words: str, language: str, at: datetime) -> Measure | None:
    """Return what placeholder `name` caught as a value, or None where the words can't be read as one.

    `at` is the moment the words are read, in the zone their days are meant in.
    """
    return _read_time(name, words, language, at.date()) if name in TIMED else _read_number(name, words, language)


@lru_cache(maxsize=2048)
def _read_time(name: str, words: str, language: str, today: date) -> Measure | None:
    if name in ("date", "weekday"):
        return _read_day(words, language, today)
    if name == "time":
        moment = clock(words)
        return Clock(says=words, clock=moment) if moment else None
    if name == "monthday":
        this = (today.month,) if re.search(r"mon[ta]|mes[e]?$|mois", words) else ()
        return Period(says=words, months=this, day=int("".join(filter(str.isdigit, words))))
    if name == "hour":
        hours = hours_of(words, language)
        return Hours(says=words, readings=hours) if hours else None
    months, year, day = period(words, language)
    return Period(says=words, months=months, year=year, day=day)


@lru_cache(maxsize=4096)
def _read_number(name: str, words: str, language: str) -> Measure | None:
    if name == "few":
        return Few(says=words)
    if name == "duration":
        return _span(words, language)
    if name == "times":
        return _times(words, language)
    if name == "free":
        return Price(says=words, readings=(0.0,), currency="")
    if name == "share":
        return _share(words, language)
    counted = words
    if name == "percent":  # in "15 per cent" the "cent" is no hundred, as it is in French
        counted = PERCENT.sub("", words)
    elif name == "measure":  # and in "19 m" the "m" is no million
        counted = words[: _unit_start(words)]
    readings = numbers(counted.rstrip(" -"), language)
    if not readings:
        return None
    bound = _bound(words)
    if name == "percent":
        return Percent(says=words, readings=readings, bound=bound)
    if name == "price":
        return Price(says=words, readings=readings, currency=_currency(words), bound=bound)
    unit = words[len(counted) :].strip(" -+") if name == "measure" else ""
    return Amount(says=words, readings=readings, bound=bound, unit=unit)


def read_day(words: str, language: str, at: datetime) -> Day | None:
    """Return the day, or days, that `words` may mean when read at `at`."""
    return _read_day(words, language, at.date())


@lru_cache(maxsize=2048)
def _read_day(words: str, language: str, today: date) -> Day | None:
    readings = days(words, language, today)
    if not readings and not weekday_differs(words, language, today):
        return None
    return Day(says=words, readings=readings, clock=clock(words), zone=zone(words))


def _span(words: str, language: str) -> Span | None:
    name = next((key for key, starts in TIME_UNITS.items() if _unit(words).startswith(starts)), None)
    if name is None:
        return None
    unit = HOURS[name]
    words, told = _unbound(words), words
    readings = numbers(words, language) or numbers(words.replace("-", " "), language)
    if readings:
        return Span(says=told, low=readings[0] * unit, high=readings[0] * unit, unit=unit)
    if re.match(r"half an? ", words):
        return Span(says=told, low=unit / 2, high=unit / 2, unit=unit)
    if ONE.match(words) and not SOME.match(words):
        return Span(says=told, low=unit, high=unit, unit=unit)
    return Span(says=told, low=2 * unit, high=6 * unit, unit=unit)


def _unbound(words: str) -> str:
    """Return `words` without an "about" before them, which leaves an hour an hour."""
    bound = next((met for pattern in BOUNDED.values() if (met := pattern.match(words))), None)
    return words[bound.end() :] if bound else words


def _unit(words: str) -> str:
    match = re.search(r"[^\W\d]+$", words)
    return match.group() if match else ""


def _unit_start(words: str) -> int:
    return len(words) - len(_unit(words))


def _share(words: str, language: str) -> Percent | None:
    """Return "1 in 3" and "two thirds" as a percentage, which such words only ever give roughly."""
    parted = re.split(rf" (?:{WORDS.get(language, WORDS['en']).in_every}) ", words)
    of = [numbers(part, language) for part in parted]
    if len(of) == 2 and all(of) and of[1][0] >= of[0][0] > 0:
        return Percent(says=words, readings=(100 * of[0][0] / of[1][0],), bound="about")
    factor = next((share for share, names in FRACTIONS.items() if re.fullmatch(names, words)), None)
    return Percent(says=words, readings=(100 * factor,), bound="about") if factor else None


def _times(words: str, language: str) -> Times | None:
    named = next((factor for factor, names in MULTIPLES.items() if words in names), None)
    readings = (float(named),) if named else numbers(words, language)
    return Times(says=words, readings=readings) if readings else None


def _bound(words: str) -> Bound:
    if words.endswith("+") or words.split(" ")[0] in CROWD:
        return "at least"
    return next((bound for bound, names in BOUNDED.items() if names.match(words)), "exactly")


def _currency(words: str) -> str:
    return next(code for code, signs in CURRENCY.items() if any(sign in words for sign in signs))


@lru_cache(maxsize=2048)
def numbers_in(text: str, language: str) -> tuple[Measure, ...]:
    """Return the numbers that `text` states, each read as what it is: a percentage, a price, a measure."""
    names = ("percent", "price", "times", "measure", "duration", "count")
    patterns = tuple(f"{{{name}}}" for name in names)
    found = []
    for meeting in meetings(patterns, language, fold(text)):
        name, words = meeting.caught[0]
        measure = _read_number(name, words, language)
        if measure:
            found.append(measure)
    return tuple(found)
