"""Whether two statements of time can mean one time: days, weekdays, months, years, times of day."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time, timedelta

from aboveboard.days import dated, year_before
from aboveboard.measures import Amount, Clock, Day, Hours, Measure, Period
from aboveboard.placeholders import WORDS
from aboveboard.spoken import Spoken

WEEKDAY = re.compile("|".join(words.weekdays for words in WORDS.values()))
JUST_PAST = 14  # days that "on Friday" may lie back
DAY = timedelta(days=1)
HALF_OPEN = re.compile(r"(?:at |by |until |from )?[1-9]:\d\d")  # "9:14" may be one in the evening
YEAR = re.compile(r"(?:19|20)\d\d")


def same_time(said: tuple[Measure, ...], known: tuple[Measure, ...], today: date) -> bool:
    """Whether what is said fits what is known: the same day, month or time of day, or a day within its stretch."""
    if len(known) == 2 and (stretch := _within(said, *known, today)) is not None:
        return stretch
    if any(isinstance(one, Day) for one in said) and not any(clocks_of(other) for other in known):
        said = tuple(one for one in said if not isinstance(one, Clock | Hours))  # no word against an hour
    return all(any(_fits(one, other, today) for other in known) for one in said)


def last_day(one: Spoken) -> tuple[Measure, ...]:
    """Return the measures of `one`, a day before which all is over read as the day before it too."""
    if not one.short_of:
        return one.measures
    return tuple(_also(m, (day - DAY for day in m.readings)) if isinstance(m, Day) else m for m in one.measures)


def adjoin(one: Spoken, value: Spoken) -> bool:
    """Whether one ends on the day before the other begins: "ends on 31 January", "from 1 February"."""
    if not (one.ends and value.begins):
        return False
    said, known = one.measures[-1], value.measures[-1]
    if not isinstance(said, Day) or not isinstance(known, Day):
        return False
    return any(day + DAY in known.readings for day in said.readings)


def in_turn(one: Spoken, said: Iterable[Spoken]) -> Spoken:
    """Return `one` with a weekday also read as the next after the last date told: "by 13 December. On Monday…"."""
    last = one.measures[-1]
    if not isinstance(last, Day) or not last.readings or dated(last.says) or not WEEKDAY.search(last.says):
        return one
    told = [
        m
        for other in said
        if other.end <= one.start
        for m in other.measures
        if isinstance(m, Day) and dated(m.says)
    ]
    if not told or not told[-1].readings:
        return one
    start = told[-1].readings[0]
    following = start + DAY * ((last.readings[0].weekday() - start.weekday()) % 7)
    return replace(one, measures=(*one.measures[:-1], _also(last, (following,))))


def _also(day: Day, more: Iterable[date]) -> Day:
    return replace(day, readings=tuple(dict.fromkeys((*day.readings, *more))))


def _within(said: tuple[Measure, ...], first: Measure, last: Measure, today: date) -> bool | None:
    """Whether what is said lies in the stretch from `first` to `last`, or None where they make none for it."""
    if isinstance(first, Period) and isinstance(last, Period):
        stretch = set(_stretch(first, last))
        return all(stretch & set(_months(one)) for one in said)
    days = [_lately(one, today) for one in said if isinstance(one, Day)]
    if not isinstance(first, Day) or not isinstance(last, Day) or len(days) < len(said):
        return None
    if not first.readings or not last.readings:
        return None
    start, end = min(first.readings), max(last.readings)
    start = start if start <= end else year_before(start) or start  # past, so read as next year's
    return all(any(start <= day <= end for day in readings) for readings in days)


def _lately(one: Day, today: date) -> tuple[date, ...]:
    """Return the days `one` may mean, a weekday just past among them: "since Sunday"."""
    if dated(one.says) or not WEEKDAY.search(one.says):
        return one.readings
    past = [day - 7 * DAY * weeks for day in one.readings for weeks in (1, 2)]
    return (*one.readings, *(day for day in past if 0 <= (today - day).days <= JUST_PAST))


def _months(one: Measure) -> tuple[int, ...]:
    if isinstance(one, Period):
        return one.months
    return tuple(day.month for day in one.readings) if isinstance(one, Day) else ()


def _stretch(first: Period, last: Period) -> tuple[int, ...]:
    """Return the months from the first to the last, over New Year where need be."""
    if not first.months or not last.months:
        return ()
    start, end = first.months[0], last.months[-1]
    return tuple((start - 1 + step) % 12 + 1 for step in range((end - start) % 12 + 1))


def _fits(said: Measure, known: Measure, today: date) -> bool:
    clocks, others = clocks_of(said), clocks_of(known)
    if clocks and others and not set(clocks) & set(others):
        return False
    if isinstance(said, Clock | Hours):
        return bool(set(clocks) & set(others)) or _bare(known, clocks)
    if isinstance(said, Day) and isinstance(known, Day):
        return any(_one_day(a, b, said, known, today) for a in said.readings for b in known.readings)
    if isinstance(said, Period):
        return _in_period(said, known)
    if isinstance(said, Day) and isinstance(known, Period):
        return bool(known.day) and any(
            day.month in known.months and same_feast(day.day, known.day) for day in said.readings
        )
    return False


def _one_day(one: date, other: date, said: Day, known: Day, today: date) -> bool:
    """Whether two days are one; what is told without a year or a month is read ahead, and may lie behind."""
    if one == other:
        return True
    past = other if other <= today or YEAR.search(known.says) else year_before(other)
    if past is None or past > today:
        return False
    if dated(said.says):
        return not YEAR.search(said.says) and (one.month, one.day) == (past.month, past.day)
    return bool(WEEKDAY.search(said.says)) and one.weekday() == past.weekday() and (today - past).days <= JUST_PAST


def _in_period(said: Period, known: Measure) -> bool:
    if isinstance(known, Period):
        months = not said.months or bool(set(said.months) & set(known.months))
        years = said.year == known.year or not said.year or not known.year
        days = same_feast(said.day, known.day) or not said.day or not known.day
        return months and years and days and (bool(said.months or said.day) or said.year == known.year)
    if isinstance(known, Day):
        return any(
            (not said.months or day.month in said.months)
            and (not said.year or day.year == said.year)
            and (not said.day or same_feast(said.day, day.day))
            for day in known.readings
        )
    return isinstance(known, Amount) and said.year in known.readings


def same_feast(one: int | None, other: int | None) -> bool:
    """Whether two days of one month are one; Christmas is the 24th to some and the 25th to others."""
    return one == other or {one, other} == {24, 25}


def _bare(known: Measure, clocks: tuple[time, ...]) -> bool:
    """Whether a bare number of a fact may be the hour: "open 10 to 4"."""
    hours = {float(one.hour) for one in clocks}
    return isinstance(known, Amount) and not known.unit and bool(hours & set(known.readings))


def clocks_of(measure: Measure) -> tuple[time, ...]:
    """Return the times of day that `measure` may mean."""
    if isinstance(measure, Hours):
        return measure.readings
    clock = measure.clock if isinstance(measure, Day | Clock) else None
    if clock and HALF_OPEN.fullmatch(measure.says):
        return (clock, clock.replace(hour=clock.hour + 12))
    return (clock,) if clock else ()


def one_weekday(said: Measure, known: Measure) -> bool:
    """Whether a weekday alone is said, and the day known falls on it."""
    if not isinstance(said, Day) or not isinstance(known, Day) or dated(said.says):
        return False
    named = {day.weekday() for day in said.readings}
    return bool(WEEKDAY.search(said.says)) and any(day.weekday() in named for day in known.readings)


def other_time(one: Spoken, value: Spoken) -> bool:
    """Whether two times are of a kind that can't both hold: two days, two months, two times of day."""
    said, known = one.measures[-1], value.measures[-1]
    if isinstance(said, Clock | Hours):
        return bool(clocks_of(known))
    if isinstance(said, Day):
        return isinstance(known, Day) and len(said.readings) <= 2
    month = isinstance(said, Period) and (len(said.months) == 1 and not said.day or bool(said.day and said.months))
    return month and isinstance(known, Period | Day)
