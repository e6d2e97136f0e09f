"""What a card may make much of: a date, somebody's words, a list. Only what the slot's fact says is emphasised."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, get_timezone_name
from pydantic import BaseModel, ConfigDict

from aboveboard.brief import Brief, Fact, moment

LONGEST_ITEM = 34  # letters of one entry of a list
LONGEST_QUOTE = 150
LONGEST_SOURCE = 90
LONGEST_PLACE = 60
QUOTED = re.compile(r"[“„«「\"](?P<words>[^“”„«»「」\"]{12,})[”“»」\"]")
SAYS = re.compile(
    r"^\W*(?:says?|said|writes?|wrote|sagt|sagte|schreibt|dice|dijo|escribe|dit|écrit|dice|scrive)\s+(?P<who>[^.]{3,60})\.?$"
)
MARKS = {
    "en": ("“", "”"),
    "de": ("„", "“"),
    "es": ("«", "»"),
    "fr": ("«\u00a0", "\u00a0»"),
    "it": ("«", "»"),
    "ja": ("「", "」"),
}
AND = {"en": "and", "de": "und", "es": "y|e", "fr": "et", "it": "e|ed", "pt": "e", "nl": "en"}
TURNS = re.compile(  # words that turn what is listed into its opposite, or into a choice
    r"\b(?:no|not|never|none|neither|nor|without|except|but|unlike|instead|or|kein\w*|nicht|nie|ohne|außer|oder|"
    r"sin|ni|nunca|salvo|excepto|o|sans|pas|sauf|ou|senza|non|tranne|between|from|zwischen|von|entre|desde)\b",
    re.IGNORECASE,
)
GOES_ON = re.compile(  # words that a clause about the list may begin with
    r"(?:that|which|who|where|in|on|at|for|from|with|die|das|der|dass|welche\w*|in|im|auf|für|que|donde|en|para|con)$"
)
LEADING = {
    "en": "the of to in on at for by with from your our its every each".split(),
    "de": "der die das den dem in im am an auf bei mit von vom zu zum zur für".split(),
    "es": "el la los las de del al a en con por para su sus".split(),
}


class Occasion(BaseModel):
    """When and where something takes place, as a card shows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weekday: str
    day: str  # "27", or "10–16" within one month
    month: str  # or the month and the last day: "March – 3 April"
    hours: str | None = None
    where: str | None = None


class Quotation(BaseModel):
    """Words that somebody said, and who."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: str
    by: str


def occasion(fact: Fact, brief: Brief, language: str) -> Occasion | None:
    """Return when and where what `fact` announces takes place: it begins on a day, and ends within a month.

    A fact with a beginning and no end announces something new, not something to go to.
    """
    locale = _locale(language)
    if fact.starts is None or fact.ends is None or locale is None or _priced(fact, brief):
        return None
    first, last = moment(fact.starts, brief.zone), moment(fact.ends, brief.zone, end_of_day=True)
    if (last - first).days > 31 or last < first:
        return None
    hours = None
    if isinstance(fact.starts, datetime) and isinstance(fact.ends, datetime) and first.date() == last.date():
        zone = _zone_name(first, brief, locale)
        hours = " ".join(part for part in (f"{first:%H:%M}–{last:%H:%M}", zone) if part)
    same = first.date() == last.date()
    within = (first.year, first.month) == (last.year, last.month)
    month = format_date(first, "LLLL", locale)
    where = brief.says(fact.place, language) if fact.place else None
    return Occasion(
        weekday=_capital(format_date(first, "EEEE", locale)) if same else "",
        day=str(first.day) if same or not within else f"{first.day}–{last.day}",
        month=month if same or within else f"{month} – {format_date(last, 'd MMMM', locale)}",
        hours=hours,
        where=where if where and len(where) <= LONGEST_PLACE else None,
    )


def quotation(fact: Fact, brief: Brief, language: str) -> Quotation | None:
    """Return what `fact` quotes, with who says it: as its sentence tells, or else as its source does."""
    statement = brief.says(fact.statement, language) or ""
    found = QUOTED.search(statement)
    if found is None or len(found["words"].split()) < 3 or len(found["words"]) > LONGEST_QUOTE:
        return None
    before, after = statement[: found.start()].strip(), statement[found.end() :]
    told = SAYS.match(after)
    if not told and not before.endswith(":") and (before or after.strip(" .")):
        return None  # a title, or words that somebody merely mentions
    by = told["who"] if told else fact.source
    if len(by) > LONGEST_SOURCE:
        return None
    opening, closing = MARKS.get(language, MARKS["en"])
    return Quotation(words=opening + found["words"].rstrip(",") + closing, by=by)


def listed(statement: str, language: str) -> tuple[str, ...]:
    """Return the three or more things that `statement` enumerates, in its own words; none where it isn't clear.

    An entry is as many words as the one in the middle, so that "214 cafés, libraries and stations that fill any
    bottle" lists cafés, libraries, stations. A sentence that denies or offers a choice lists nothing.
    """
    joint = AND.get(language)
    if joint is None or TURNS.search(statement):
        return ()
    entry = r"[^,.;:!?]+"
    found = re.search(rf"({entry}(?:, {entry})+?),? (?:{joint}) ({entry})", statement)
    if found is None:
        return ()
    before, last = str(found[1]).split(", "), str(found[2]).strip()
    words = len(before[-1].split()) if len(before) > 1 else 0
    first = " ".join(before[0].split()[-words:])
    entries = tuple(_bare(entry, language) for entry in (first, *before[1:], _ending(last, words) or ""))
    clear = 3 <= len(entries) <= 6 and all(0 < len(entry) <= LONGEST_ITEM for entry in entries) and words <= 4
    return entries if clear and len(set(entries)) == len(entries) else ()


def _ending(last: str, words: int) -> str | None:
    """Return the last entry: the sentence's rest where it is short, else as much as the others have of it."""
    told = last.split()
    if len(told) <= words + 2:
        return last
    return " ".join(told[:words]) if GOES_ON.match(told[words]) else None


def _bare(entry: str, language: str) -> str:
    words = entry.split()
    while len(words) > 1 and words[0].lower() in LEADING.get(language, ()):
        words = words[1:]
    return _capital(" ".join(words))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _priced(fact: Fact, brief: Brief) -> bool:
    """Whether the fact proves an offer: a price that ends is no occasion."""
    return any(offer.fact == fact.id for offer in brief.offers)


def _zone_name(when: datetime, brief: Brief, locale: Locale) -> str | None:
    """Return the zone's name where the audience's clocks, or some of them, show another time."""
    zones = [zone for region in brief.audience.regions for zone in get_global("territory_zones").get(region, ())]
    offsets = {when.astimezone(ZoneInfo(zone)).utcoffset() for zone in zones}
    if offsets <= {when.utcoffset()}:
        return None
    here = when.astimezone(brief.zone)
    return get_timezone_name(here if here.utcoffset() == when.utcoffset() else when, locale=locale)


def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None
