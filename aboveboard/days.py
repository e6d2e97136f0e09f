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
PLAIN = re.compile(r"(\d{1,2}) ([^\W\d]+)(?: (\d{4}))?")
NUMERIC = re.compile(r"(?:(\d{4})-)?0?([1-9]\d?)([/-])0?([1-9]\d?)(?:/(\d{4}))?")
JUST_BEHIND = 60  # days that "Sunday 29 November" may lie back when it is said in December
DECIMAL = re.compile(r"\d{1,2}\.\d{1,2}\.")
# "At 9.10." tells the time and "£9.10." a price, whatever day and month the digits would make.
NUMBERED = re.compile(
    r"(?:[£€$₹]|\b(?:at|around|um|gegen|à|vers|alle|a las?|ore|chf|eur|usd|gbp|inr|costs?|pay|"
    r"kostet|cuesta|coûte|costa)) ?$",
    re.IGNORECASE,
)
ENDING = re.compile(r"\s*$|\s+[^\w\s]*[^\W\da-zß-ÿ]")  # of a sentence: nothing follows, or a capital
NEXT = r"next|nächst|próxim|prochain|prossim"


def days(words: str, language: str, today: date) -> tuple[date, ...]:
    """Return the day, or days, that `words` may mean when read on `today`; days without a year lie ahead.

    A weekday may be the one today or the next; "next Friday" the coming one or the one after.
    """
    return _weekday(words, language, today) or _near(words, today) or _dated(words, language, today)


def dated(words: str) -> bool:
    """Whether `words` name a day of the calendar by number, not only a weekday or "tomorrow"."""
    return bool(re.search(r"\d", _dateless(words)))


def decimal(text: str, start: int, end: int, language: str) -> bool:
    """Whether what looks like day and month at `text[start:end]` is a time or a sum, and its last dot a full stop.

    Only German ends a day without a year in a dot; elsewhere such a dot before a capital ends a sentence.
    """
    if not DECIMAL.fullmatch(text, start, end):
        return False
    stops = language != "de" and text[end - 4] == "." and bool(ENDING.match(text, end))
    return stops or bool(NUMBERED.search(text, max(0, start - 12), start))


def _near(words: str, today: date) -> tuple[date, ...]:
    plain = _dateless(words)
    near = next((name for name, pattern in NEAR.items() if re.search(pattern, plain)), None)
    if near is None or re.search(r"\d", plain):
        return ()
    saturday = today + timedelta(days=(5 - today.weekday()) % 7)
    if today.weekday() == 6:
        saturday = today - timedelta(days=1)
    return {
        "today": (today,),
        "midnight": (today,),
        "tomorrow": (today + timedelta(days=1),),
        "weekend": (saturday, saturday + timedelta(days=1)),
        "week": tuple(today + timedelta(days=ahead) for ahead in range(-today.weekday(), 7 - today.weekday())),
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


def weekday_differs(words: str, language: str, today: date) -> bool:
    """Whether `words` name a day of the calendar and beside it a weekday on which it doesn't fall."""
    return bool(_weekdays_named(words, language)) and dated(words) and bool(_calendar_days(words, language, today))


def _dated(words: str, language: str, today: date) -> tuple[date, ...]:
    named = _weekdays_named(words, language)
    return tuple(day for day in _calendar_days(words, language, today) if not named or day.weekday() in named)


@lru_cache(maxsize=4096)
def _calendar_days(words: str, language: str, today: date) -> tuple[date, ...]:
    """Return the days that `words` may mean by number and month; one without a year lies ahead, or just behind."""
    core = _date_core(words)
    plain = PLAIN.fullmatch(core)
    month = _months(plain[2], language) if plain else ()
    if plain and month:
        read = _ahead(int(plain[1]), month[0], int(plain[3]) if plain[3] else None, today)
    else:
        read = _numeric(core, language, today) or _parsed(core, language, today)
    if _weekdays_named(words, language) and not re.search(r"\d{4}", words):
        read += [past for day in read if (past := year_before(day)) and 0 < (today - past).days <= JUST_BEHIND]
    return tuple(dict.fromkeys(read))


def _ahead(day: int, month: int, year: int | None, today: date) -> list[date]:
    """Return that day of `year`, or the next one there is: the 29th of February may be four years off."""
    years = [year] if year else range(today.year, today.year + 9)
    return [one for each in years if (one := _day_of(each, month, day)) and (year or one >= today)][:1]


def _numeric(core: str, language: str, today: date) -> list[date]:
    """Return the days that "7/8", "7/8/2027" or "2027-08-07" may mean; English writes the month first, or not."""
    told = NUMERIC.fullmatch(core)
    if not told or bool(told[1]) != (told[3] == "-") or told[1] and told[5]:
        return []
    first, second = int(told[2]), int(told[4])
    year = int(told[1] or told[5]) if told[1] or told[5] else None
    if told[1]:
        return _ahead(second, first, year, today)
    orders = ((first, second), (second, first)) if language == "en" else ((first, second),)
    if any(month > 12 for _, month in orders):
        return []
    return [one for day, month in orders for one in _ahead(day, month, year, today)]


def _day_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _parsed(core: str, language: str, today: date) -> list[date]:
    import dateparser

    orders = ("DMY", "MDY") if language == "en" and "/" in core else ("DMY",)
    # From last night on: the first of December, said on that day, is today.
    begins = datetime.combine(today, time(0)) - timedelta(seconds=1)
    found = [
        dateparser.parse(
            core,
            languages=[language] if language in WORDS else ["en"],
            settings={"RELATIVE_BASE": begins, "PREFER_DATES_FROM": "future", "DATE_ORDER": order},
        )
        for order in orders
    ]
    return [moment.date() for moment in found if moment]


def year_before(day: date) -> date | None:
    """Return the same day a year earlier, which the 29th of February hasn't got."""
    return _day_of(day.year - 1, day.month, day.day)


@lru_cache(maxsize=2048)
def _weekdays_named(words: str, language: str) -> tuple[int, ...]:
    names = WORDS.get(language, WORDS["en"]).weekdays.replace("samstag|sonnabend", "samstag").split("|")
    spoken = words.replace("sonnabend", "samstag")
    return tuple(place for place, name in enumerate(names) if name in spoken)


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
    r"(?:las|le|ore) (?P<les>\d{1,2})(?::(?P<lesmin>\d{2}))?(?!\d|er\b|[/.-]\d| (?:de |di )?[^\W\d])|"
    r"(?P<noon>\bnoon|midday|mittag\b|mediodía|midi|mezzogiorno)"
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


SEASONS = {  # by the months people mean, south of the Arctic and north of the equator
    (3, 4, 5): "spring frühjahr frühling primavera printemps",
    (6, 7, 8): "summer sommer verano été estate",
    (9, 10, 11): "autumn herbst otoño automne autunno",
    (12, 1, 2): "winter invierno hiver inverno",
}
FEASTS = {
    (12, 31): r"new year's eve|silvester|nochevieja|saint-sylvestre|san silvestro",
    (1, 1): r"new year's day|neujahr|año nuevo|nouvel an|jour de l'an|capodanno",
    (12, 24): r"christmas eve|heiligabend|nochebuena|vigilia di natale",
    (12, 26): r"boxing day",
    (12, 25): r"christmas|weihnachten|navidad|noël|natale",
    (12, 6): r"nikolaus",
    (1, 6): r"\breyes|befana",
    (10, 31): r"halloween",
    (2, 14): r"valentine's day",
}


@lru_cache(maxsize=2048)
def period(words: str, language: str) -> tuple[tuple[int, ...], int | None, int | None]:
    """Return the months, the year and the day of month that "in May", "last winter" or "by Christmas" name."""
    written = re.search(r"(?:19|20)\d\d", words)
    year = int(written.group()) if written else None
    feast = next((day for day, names in FEASTS.items() if re.search(names, words)), None)
    if feast:
        return (feast[0],), year, feast[1]
    season = next((months for months, names in SEASONS.items() if set(words.split()) & set(names.split())), ())
    return season or _months(words, language), year, None


def _months(words: str, language: str) -> tuple[int, ...]:
    names = _month_names(language)
    return next(((names[word],) for word in words.replace(".", " ").split() if word in names), ())


@cache
def _month_names(language: str) -> dict[str, int]:
    """Return the numbers of the months by their names, long and short."""
    names = WORDS.get(language, WORDS["en"]).months.split("|")
    long = {name: number for number, name in enumerate(names[:12], 1)}
    firsts = {name[:3]: number for name, number in long.items()}
    short = {each: firsts[name[:3]] for name in names[12:] for each in _spellings(name) if name[:3] in firsts}
    return long | short


def _spellings(pattern: str) -> tuple[str, ...]:
    """Return both readings of a name whose last letter may be missing: "sept?"."""
    return (pattern[:-2], pattern[:-1]) if pattern.endswith("?") else (pattern,)


@lru_cache(maxsize=2048)
def hours_of(words: str, language: str) -> tuple[time, ...]:
    """Return the times of day that "until eight" may mean: in the morning and in the evening."""
    from aboveboard.numerals import numbers

    written = re.search(r"(\d{1,2})(?:[:.](\d{2}))?$", words)
    if written:
        hour, minute = int(written[1]), int(written[2] or 0)
    else:
        last = words.split()[-1]
        read = numbers(last, language)
        hour, minute = (int(read[0]) if read else 24), 0
    if re.search(r"\b(?:half|halb)\b", words):
        minute, hour = 30, hour - (language == "de")
    elif re.search(r"\b(?:quarter|viertel)\b", words):
        minute, hour = (15, hour) if re.search(r"\b(?:past|nach)\b", words) else (45, hour - 1)
    hours = (hour, hour + 12) if 0 < hour < 12 else (hour,)
    return tuple(time(one, minute) for one in hours if 0 <= one < 24 and minute < 60)
