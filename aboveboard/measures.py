"""Values in words, read as values: days, spans of time, amounts, prices, percentages, in five languages.

Words may be read in more than one way ("Sunday" said on a Sunday, "2.000"): a measure keeps every fair reading.
"""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from aboveboard.normal import fold
from aboveboard.patterns import meetings
from aboveboard.placeholders import CURRENCY, DIGITS, WORDS

Bound = Literal["exactly", "at least", "about", "at most"]


class Measured(BaseModel):
    """What a placeholder caught: the words it says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: str


class Day(Measured):
    """A day, and a time of day where the words give one."""

    readings: tuple[date, ...]
    clock: time | None = None


class Clock(Measured):
    """A time of day alone."""

    clock: time


class Span(Measured):
    """A length of time in hours, from `low` to `high`; `unit` is the length of its unit in hours."""

    low: float
    high: float
    unit: float


class Amount(Measured):
    """A number of things. `unit` is empty for a plain count."""

    readings: tuple[float, ...]
    bound: Bound = "exactly"
    unit: str = ""


class Few(Measured):
    """A small number that is not said."""


class Percent(Measured):
    readings: tuple[float, ...]
    bound: Bound = "exactly"


class Price(Measured):
    readings: tuple[float, ...]
    currency: str
    bound: Bound = "exactly"


class Times(Measured):
    """A multiple: "3x", "twice"."""

    readings: tuple[float, ...]


Measure = Day | Clock | Span | Amount | Few | Percent | Price | Times

HOURS = {"s": 1 / 3600, "m": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0, "month": 730.0, "year": 8760.0}
TIME_UNITS = {
    "m": ("min",),
    "month": ("mon", "mes", "moi"),
    "h": ("h", "std", "stu", "heu", "or"),
    "d": ("d", "tag", "día", "dia", "jour", "gio"),
    "w": ("w", "semaine", "semana", "settim"),
    "year": ("year", "jahr", "año", "an"),
    "s": ("s",),
}
SCALES = {
    10**2: "hundred hundert cien ciento cientos cent cents cento",
    10**3: "k thousand tausend tsd mil mille mila",
    10**6: "m mn million mio millionen millón millones millions milione milioni",
    10**9: "bn billion",
}
SCALE = {word: factor for factor, words in SCALES.items() for word in words.split()}
CROWDS = {
    20: "dozens dutzende decenas dizaines decine",
    200: "hundreds hunderte cientos centaines centinaia",
    2_000: "thousands tausende miles milliers migliaia",
    2_000_000: "millions millionen millones milioni",
}
DOZENS = {"a dozen": 12, "ein dutzend": 12, "una docena": 12, "une douzaine": 12, "una dozzina": 12}
DOZENS["half a dozen"] = 6
MULTIPLES = {
    0.5: "half halb hälfte la mitad la moitié la metà",
    2: "twice double doppelt doppelte zweimal doble dos veces deux fois le double doppio due volte",
    3: "triple three times dreifach dreimal triple tres veces trois fois triplo tre volte",
}
BOUNDS: dict[Bound, str] = {
    "at least": "over|more than|at least|über|mehr als|mindestens|más de|al menos|plus de|au moins|oltre|più di|almeno",
    "at most": "up to|bis zu|hasta|jusqu'à|fino a",
    "about": "almost|nearly|about|around|some|fast|knapp|rund|etwa|casi|cerca de|unos|unas|presque|près de|environ|"
    "quasi|circa",
}
NEAR = {
    "tomorrow": r"tomorrow|^morgen|mañana|demain|domani",
    "weekend": r"weekend|wochenende|fin de semana|week-end|fine settimana",
    "week": r"week$|woche$|semana$|semaine$|settimana$",
    "month": r"month|monat|fin(?:al)?(?:es)? de mes|du mois|del mese",
    "year": r"year|jahr|año|année|anno",
    "midnight": r"midnight|mitternacht|medianoche|minuit|mezzanotte",
    "today": r"today|tonight|this (?:evening|afternoon|morning)|heute|hoy|esta (?:noche|tarde)|aujourd'hui|ce soir|"
    r"cette nuit|oggi|stasera|stanotte",
}
NEXT = r"next|nächst|próxim|prochain|prossim"


def read(name: str, words: str, language: str, at: datetime) -> Measure | None:
    """Return what placeholder `name` caught as a value, or None where the words can't be read as one.

    `at` is the moment the words are read, in the zone their days are meant in.
    """
    if name == "date":
        return read_day(words, language, at)
    if name == "time":
        clock = _clock(words)
        return Clock(says=words, clock=clock) if clock else None
    if name == "few":
        return Few(says=words)
    return _read_number(name, words, language)


@lru_cache(maxsize=4096)
def _read_number(name: str, words: str, language: str) -> Measure | None:
    if name == "duration":
        return _span(words, language)
    if name == "times":
        return _times(words, language)
    readings = _numbers(words, language)
    if not readings:
        return None
    bound = _bound(words)
    if name == "percent":
        return Percent(says=words, readings=readings, bound=bound)
    if name == "price":
        return Price(says=words, readings=readings, currency=_currency(words), bound=bound)
    unit = words[_unit_start(words) :].strip(" -+") if name == "measure" else ""
    return Amount(says=words, readings=readings, bound=bound, unit=unit)


def read_day(words: str, language: str, at: datetime) -> Day | None:
    """Return the day, or days, that `words` may mean when read at `at`; days without a year lie ahead.

    A weekday may be the one today or the next; "next Friday" the coming one or the one after.
    """
    readings = (
        _near(words, at.date()) or _weekday(words, language, at.date()) or _dated(words, language, at.date())
    )
    return Day(says=words, readings=readings, clock=_clock(words)) if readings else None


def dated(words: str) -> bool:
    """Whether `words` name a day of the calendar by number, not only a weekday or "tomorrow"."""
    return bool(re.search(r"\d", _dateless(words)))


def _near(words: str, today: date) -> tuple[date, ...]:
    near = next((name for name, pattern in NEAR.items() if re.search(pattern, _dateless(words))), None)
    if near is None or re.search(r"\d", _dateless(words)):
        return ()
    saturday = today + timedelta(days=(5 - today.weekday()) % 7)
    if today.weekday() == 6:
        saturday = today - timedelta(days=1)
    return {
        "today": (today,),
        "midnight": (today,),
        "tomorrow": (today + timedelta(days=1),),
        "weekend": (saturday, saturday + timedelta(days=1)),
        "week": tuple(today + timedelta(days=ahead) for ahead in range(0, 7 - today.weekday())),
        "month": ((today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1),),
        "year": (date(today.year, 12, 31),),
    }[near]


def _weekday(words: str, language: str, today: date) -> tuple[date, ...]:
    if re.search(r"\d", _dateless(words)):
        return ()
    names = WORDS.get(language, WORDS["en"]).weekdays.replace("samstag|sonnabend", "samstag").split("|")
    spoken = words.replace("sonnabend", "samstag")
    day = next((place for place, name in enumerate(names) if name in spoken), None)
    if day is None:
        return ()
    first = today + timedelta(days=(day - today.weekday()) % 7)
    either = first == today or re.search(NEXT, spoken)
    return (first, first + timedelta(days=7)) if either else (first,)


@lru_cache(maxsize=4096)
def _dated(words: str, language: str, today: date) -> tuple[date, ...]:
    import dateparser

    core = _date_core(words)
    orders = ("DMY", "MDY") if language == "en" and "/" in core else ("DMY",)
    noon = datetime.combine(today, time(12))
    found = [
        dateparser.parse(
            core,
            languages=[language] if language in WORDS else ["en"],
            settings={"RELATIVE_BASE": noon, "PREFER_DATES_FROM": "future", "DATE_ORDER": order},
        )
        for order in orders
    ]
    return tuple(dict.fromkeys(moment.date() for moment in found if moment))


def _date_core(words: str) -> str:
    # dateparser reads "am Sonntag, den 6. Dezember um 20 Uhr" as nothing, and "6. Dezember" well: hand it the day alone.
    core = _dateless(words)
    match = re.search(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]?(?:\d{2,4})?$", core)
    if match:
        dotted = match.group().replace(".", "/").rstrip("/")
        return dotted if "-" not in dotted else match.group()
    months = "|".join(
        sorted({m for w in WORDS.values() for m in w.months.replace("?", "").split("|")}, key=len)[::-1]
    )
    dayfirst = re.search(rf"(\d{{1,2}})\D{{0,7}}?({months})\.?(?:,? (?:de |del )?(\d{{4}}))?", core)
    monthfirst = re.search(rf"({months})\.? (?:the )?(\d{{1,2}})\D{{0,3}}(\d{{4}})?", core)
    if dayfirst:
        return " ".join(part for part in dayfirst.groups() if part)
    if monthfirst:
        month, day, year = monthfirst.groups()
        return " ".join(part for part in (day, month, year) if part)
    return core


CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h ]?(?P<minute>\d{2}))? ?(?P<half>[ap])\.?m\b|"
    r"(?P<hour24>\d{1,2}):(?P<minute24>\d{2})|(?P<hours>\d{1,2}) ?(?:uhr|h|o'clock)(?: ?(?P<past>\d{2}))?|"
    r"(?:las|le|ore) (?P<les>\d{1,2})(?::(?P<lesmin>\d{2}))?|(?P<noon>noon|midday|mittag\b|mediodía|midi|mezzogiorno)"
)


def _dateless(words: str) -> str:
    """Return `words` without the time of day in them."""
    return CLOCK.sub("", words).strip(" ,")


def _clock(words: str) -> time | None:
    match = CLOCK.search(words)
    if not match:
        return None
    if match["noon"]:
        return time(12)
    hour = int(match["hour"] or match["hour24"] or match["hours"] or match["les"])
    minute = int(match["minute"] or match["minute24"] or match["past"] or match["lesmin"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _span(words: str, language: str) -> Span | None:
    name = next((key for key, starts in TIME_UNITS.items() if _unit(words).startswith(starts)), None)
    if name is None:
        return None
    unit = HOURS[name]
    readings = _numbers(words, language)
    if readings:
        return Span(says=words, low=readings[0] * unit, high=readings[0] * unit, unit=unit)
    if re.match(r"(?:a|an|one) ", words) and not re.match(r"an? (?:few|handful|couple)", words):
        return Span(says=words, low=unit, high=unit, unit=unit)
    return Span(says=words, low=2 * unit, high=6 * unit, unit=unit)


def _unit(words: str) -> str:
    match = re.search(r"[^\W\d]+$", words)
    return match.group() if match else ""


def _unit_start(words: str) -> int:
    return len(words) - len(_unit(words))


def _times(words: str, language: str) -> Times | None:
    named = next((factor for factor, names in MULTIPLES.items() if words in names), None)
    readings = (float(named),) if named else _numbers(words, language)
    return Times(says=words, readings=readings) if readings else None


def _bound(words: str) -> Bound:
    if words.endswith("+"):
        return "at least"
    return next((bound for bound, names in BOUNDS.items() if re.match(rf"(?:{names}) ", words)), "exactly")


def _currency(words: str) -> str:
    return next(code for code, signs in CURRENCY.items() if any(sign in words for sign in signs))


def _numbers(words: str, language: str) -> tuple[float, ...]:
    """Return every fair reading of the number in `words`, the one of `language` first."""
    spoken = words.rstrip("+")
    crowd = next((low for low, names in CROWDS.items() if spoken.split(" ")[0] in names.split()), None)
    if crowd:
        return (float(crowd),)
    digits = re.search(DIGITS, spoken)
    factor = 1
    for word in re.findall(r"[^\W\d]+", spoken):
        factor *= SCALE.get(word, 1) if digits else 1
    if digits:
        return tuple(value * factor for value in _digits(digits.group(), language))
    return _spelled(spoken, language)


def _digits(digits: str, language: str) -> tuple[float, ...]:
    """Return the readings of a number in digits; German brands write English with "2.000", which stays open."""
    plain = digits.replace(" ", "").replace("'", "")
    own = _parsed(plain, language if language in WORDS else "en")
    others = [_parsed(plain, other) for other in ("en", "de")]
    grouped = max((value for value in (own, *others) if value is not None), default=None)
    settled = own is not None and (own == grouped or not re.fullmatch(r"\d{1,3}[.,]\d{3}", plain))
    readings = (own,) if settled else (grouped, own)
    return tuple(value for value in readings if value is not None)


def _parsed(digits: str, locale: str) -> float | None:
    from babel.numbers import NumberFormatError, parse_decimal

    try:
        return float(parse_decimal(digits, locale=locale, strict=True))
    except NumberFormatError:
        return None


def _spelled(words: str, language: str) -> tuple[float, ...]:
    from text_to_num import text2num

    if words in DOZENS:
        return (float(DOZENS[words]),)
    spoken = words.split(" ")
    for start in range(len(spoken)):
        for end in range(len(spoken), start, -1):
            try:
                return (float(text2num(" ".join(spoken[start:end]), language if language in WORDS else "en")),)
            except ValueError:
                continue
    return ()


@lru_cache(maxsize=2048)
def numbers_in(text: str, language: str) -> tuple[Measure, ...]:
    """Return the numbers that `text` states, each read as what it is: percentage, price, measure or plain amount."""
    names = ("percent", "price", "times", "measure", "duration", "count")
    patterns = tuple(f"{{{name}}}" for name in names)
    found = []
    for meeting in meetings(patterns, language, fold(text)):
        name, words = meeting.caught[0]
        measure = _read_number(name, words, language)
        if measure:
            found.append(measure)
    return tuple(found)
