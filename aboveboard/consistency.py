"""What a brief's schema can't say: that its parts agree with each other. Works on half-wrong documents too."""

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from aboveboard.channel import Channel
from aboveboard.documents import Where
from aboveboard.mistakes import Wrong, nearest

LONGEST = 366  # days of one campaign
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:00)?")


def disagreements(brief: dict[str, Any], channels: Mapping[str, Channel]) -> Iterator[Wrong]:
    """Yield where the brief, as read, contradicts itself or the world: what is wrong, and what would be right."""
    yield from _languages(brief)
    yield from _twice(brief)
    yield from _channels(brief, channels)
    yield from _offers(brief)
    yield from _timezone(brief)
    yield from _dates(brief)
    yield from _clocks(brief)
    yield from _partner(brief)


def _part(value: Any, *path: str) -> dict[str, Any]:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _items(brief: dict[str, Any], key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    items = brief.get(key)
    for place, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            yield place, item


def _languages(brief: dict[str, Any]) -> Iterator[Wrong]:
    listed = brief.get("languages")
    languages = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    for where, words in _spoken(brief):
        if isinstance(words, str):
            said = set(languages[:1])
        elif isinstance(words, dict):
            said = {str(language) for language in words}
        else:
            continue
        missing = [language for language in languages if language not in said]
        if missing:
            lines = ", ".join(f'"{language}: …"' for language in missing)
            yield where, f"isn't said in {' and '.join(missing)}. Add {lines} below it."
        for extra in sorted(said - set(languages)) if languages else ():
            yield (
                (*where, extra),
                "is in a language that languages doesn't list. Add it there or delete this line.",
            )


def _spoken(brief: dict[str, Any]) -> Iterator[tuple[Where, Any]]:
    """Yield everything that must be said in every language of the brief."""
    yield ("title",), brief.get("title")
    yield ("action", "label"), _part(brief, "action").get("label")
    for place, fact in _items(brief, "facts"):
        yield ("facts", place, "statement"), fact.get("statement")
        if "headline" in fact:
            yield ("facts", place, "headline"), fact["headline"]
    for place, offer in _items(brief, "offers"):
        yield ("offers", place, "says"), offer.get("says")
        yield ("offers", place, "terms"), offer.get("terms")


def _twice(brief: dict[str, Any]) -> Iterator[Wrong]:
    for key in ("facts", "offers"):
        seen: set[str] = set()
        for place, item in _items(brief, key):
            name = item.get("id")
            if isinstance(name, str) and name in seen:
                yield (key, place, "id"), f'is "{name}" a second time. Give each of the {key} an id of its own.'
            seen.add(str(name))
    listed = brief.get("languages")
    if isinstance(listed, list) and len({str(each) for each in listed}) < len(listed):
        yield ("languages",), "names a language twice. Keep one of them."


def _channels(brief: dict[str, Any], channels: Mapping[str, Channel]) -> Iterator[Wrong]:
    planned = _part(brief, "schedule", "channels")
    for name in planned:
        if name not in channels:
            yield ("schedule", "channels", name), f"is no known channel. {nearest(name, channels)}"
    wanted = _part(brief, "images").get("channels")
    for place, name in enumerate(wanted if isinstance(wanted, list) else []):
        where = ("images", "channels", place)
        if isinstance(name, str) and name not in planned:
            yield where, f'is "{name}", where nothing is posted. {nearest(name, planned)}'
        elif name in channels and channels[name].images is None:
            yield where, f'is "{name}", which takes no pictures. Delete it here.'


def _offers(brief: dict[str, Any]) -> Iterator[Wrong]:
    facts = {fact["id"]: fact for _, fact in _items(brief, "facts") if isinstance(fact.get("id"), str)}
    values = [fact.get("value") for fact in facts.values()]
    for place, offer in _items(brief, "offers"):
        where = ("offers", place)
        fact, price, was = offer.get("fact"), offer.get("price"), offer.get("was")
        if isinstance(fact, str) and fact not in facts:
            yield (*where, "fact"), f'is "{fact}", which no fact has as its id. {nearest(fact, facts)}'
        if was is not None and was not in values:
            yield (
                (*where, "was"),
                f"is {was}, and no fact has that value. Add a fact with value: {was} and its source: the lowest "
                "price of the last 30 days (Directive 98/6/EC, Art. 6a).",
            )
        if isinstance(price, int | float) and isinstance(was, int | float) and price >= was:
            yield (*where, "was"), f"is {was}, not above the price {price}. Correct one of them, or leave was out."
        if (price is not None or was is not None) and not offer.get("currency"):
            yield where, "has a price without a currency. Add currency: EUR, or the one it is in."


def _timezone(brief: dict[str, Any]) -> Iterator[Wrong]:
    given = _part(brief, "schedule").get("timezone")
    known = available_timezones() - {"localtime"}
    if not isinstance(given, str) or given in known:
        return
    by_city = {name.rpartition("/")[2].lower(): name for name in sorted(known, reverse=True)}
    city = given.rpartition("/")[2].strip().replace(" ", "_").lower()
    near = difflib.get_close_matches(city, by_city, n=1, cutoff=0.6)
    hint = f'Did you mean "{by_city[near[0]]}"?' if near else 'Write Area/City, such as "Europe/Berlin".'
    yield ("schedule", "timezone"), f"is no IANA timezone: {given[:40]!r}. {hint}"


def _dates(brief: dict[str, Any]) -> Iterator[Wrong]:
    schedule = _part(brief, "schedule")
    starts, ends = _day(schedule.get("starts")), _day(schedule.get("ends"))
    if starts and ends and ends < starts:
        yield ("schedule", "ends"), f"is {ends}, before it starts on {starts}. Correct one of them."
    if starts and ends and (ends - starts).days >= LONGEST:
        yield ("schedule", "ends"), f"is more than {LONGEST} days after starts. Plan at most a year at a time."
    for place, fact in _items(brief, "facts"):
        for key in ("starts", "ends", "expires"):
            if isinstance(fact.get(key), int | float):
                yield ("facts", place, key), f"is the number {fact[key]}. Write a date such as 2027-04-11."
        for key in ("ends", "expires"):
            limit = _day(fact.get(key))
            if starts and limit and limit < starts:
                yield (
                    ("facts", place, key),
                    f"is {limit}, before the schedule starts on {starts}: no post can use it. Renew or delete it.",
                )
        begin, end = _day(fact.get("starts")), _day(fact.get("ends"))
        if begin and end and end < begin:
            yield ("facts", place, "ends"), f"is {end}, before it starts on {begin}. Correct one of them."


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _clocks(brief: dict[str, Any]) -> Iterator[Wrong]:
    windows: list[Where] = [("schedule", "quiet_hours")]
    windows += [("schedule", "channels", name, "window") for name in _part(brief, "schedule", "channels")]
    for where in windows:
        for key, value in _part(brief, *map(str, where)).items():
            if key in ("start", "end") and not (isinstance(value, str) and _CLOCK.fullmatch(value)):
                yield (*where, key), 'wants a time of day in hours and minutes such as "09:00". Write it so.'


def _partner(brief: dict[str, Any]) -> Iterator[Wrong]:
    disclosure = _part(brief, "disclosure")
    if disclosure.get("partner") and disclosure.get("sponsored") is not True:
        yield ("disclosure", "partner"), "is named, but sponsored isn't true. Set it, or take the partner out."
