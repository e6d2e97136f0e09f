"""Days and times of day in words, read as calendar dates and clock times in five languages."""

import re
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache

from aboveboard.placeholders import WORDS, ZONES

NEAR = {
    "tomorrow": r"tomorrow|^morgen|mañana|demain|domani",
    "weekend": r"weekend|wochenende|fin de semana|week-end|fine settimana",
    "week": r"week$|woche$|semana$|semaine$|settimana$",
    "month": r"month|monat|fin(?:al)?(?:es)? de mes|du mois|del mese",
    "year": r"year|jahr|año|année|anno",
    "midnight": r"midnight|mitternacht|medianoche|minuit|mezzanotte",
    "today": r"today|tonight|this (?:evening|afternoon|morning)|heute|hoy|esta (?:noche|tarde)|aujourd'hui|"
    r"ce soir|cette nuit|oggi|stasera|stanotte",
}
NAMED = re.compile(r"(?P<day>\d{1,2}) (?P<month>[^\W\d]+)(?: (?P<year>\d{4}))?")
NEXT = r"next|nächst|próxim|prochain|prossim"


def days(words: str, language: str, today: date) -> tuple[date, ...]:
    """Return the day, or days, that `words` may mean when read on `today`; days without a year lie ahead.

    A weekday may be the one today or the next; "next Friday" the coming one or the one after.
    """
    return _weekday(words, language, today) or _near(words, today) or _dated(words, language, today)


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
    core = _date_core(words)
    plain = _named(core, language, today)
    if plain:
        return (plain,) if _fits_weekday(words, language, plain) else ()
    import dateparser

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
    read = dict.fromkeys(moment.date() for moment in found if moment)
    return tuple(day for day in read if _fits_weekday(words, language, day))


def _named(core: str, language: str, today: date) -> date | None:
    """Return the day of "6 december" or "6 december 2026" as dateparser would, which takes a millisecond to do so.

    Anything it might read in another way, such as a date that no calendar has, is left to it.
    """
    match = NAMED.fullmatch(core)
    number = _months(language).get(match["month"]) if match else None
    if match is None or number is None:
        return None
    try:
        day = date(int(match["year"] or today.year), number, int(match["day"]))
        return day.replace(year=day.year + 1) if day < today and not match["year"] else day
    except ValueError:
        return None


@cache
def _months(language: str) -> dict[str, int]:
    names = WORDS.get(language, WORDS["en"]).months.replace("sept?", "sep").split("|")
    return {name: 1 + place % 12 for place, name in enumerate(names[:12])}


def _fits_weekday(words: str, language: str, day: date) -> bool:
    """Whether `day` is the weekday `words` name beside it: "Friday 6 December" is no day where that's a Sunday."""
    names = WORDS.get(language, WORDS["en"]).weekdays.replace("samstag|sonnabend", "samstag").split("|")
    said = [place for place, name in enumerate(names) if name in words.replace("sonnabend", "samstag")]
    return not said or day.weekday() in said


def _date_core(words: str) -> str:
    # dateparser reads nothing in "am Sonntag, den 6. Dezember um 20 Uhr", and "6. Dezember" well.
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
    r"(?:las|le|ore) (?P<les>\d{1,2})(?::(?P<lesmin>\d{2}))?|"
    r"(?P<noon>noon|midday|mittag\b|mediodía|midi|mezzogiorno)"
)

ZONE = re.compile(rf" \(?({'|'.join(ZONES)})\)?$")


def zone(words: str) -> str | None:
    """Return the IANA name of the time zone that `words` end with, if they name one."""
    said = ZONE.search(words)
    return ZONES[said[1]] if said else None


def _dateless(words: str) -> str:
    """Return `words` without the time of day in them, and without its zone."""
    return CLOCK.sub("", ZONE.sub("", words)).strip(" ,")


def clock(words: str) -> time | None:
    """Return the time of day in `words`, if they give one."""
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
