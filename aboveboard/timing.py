"""Whether two statements of time can mean one time: days, weekdays, months, years, times of day."""

import re
from datetime import date, time

from aboveboard.days import dated, year_before
from aboveboard.measures import Amount, Clock, Day, Hours, Measure, Period
from aboveboard.placeholders import WORDS
from aboveboard.spoken import Spoken

WEEKDAY = re.compile("|".join(words.weekdays for words in WORDS.values()))
YEAR = re.compile(r"(?:19|20)\d\d")


def same_time(said: tuple[Measure, ...], known: tuple[Measure, ...], today: date) -> bool:
    """Whether what is said fits what is known: the same day, month or time of day, or a day within its stretch."""
    if len(known) == 2 and all(isinstance(one, Day) for one in known) and all(isinstance(one, Day) for one in said):
        first, last = (min(known[0].readings), max(known[1].readings))  # type: ignore[union-attr]
        if first > last:  # a start that is past was read as next year's
            first = first.replace(year=first.year - 1)
        return all(any(first <= day <= last for day in one.readings) for one in said if isinstance(one, Day))
    if len(known) == 2 and all(isinstance(one, Period) and one.months for one in known):
        return all(set(_months(one)) & set(_stretch(*known)) for one in said) and bool(said)  # type: ignore[arg-type]
    return all(any(_fits(one, other, today) for other in known) for one in said)


def _months(one: Measure) -> tuple[int, ...]:
    if isinstance(one, Period):
        return one.months
    return tuple(day.month for day in one.readings) if isinstance(one, Day) else ()


def _stretch(first: Period, last: Period) -> tuple[int, ...]:
    """Return the months from the first to the last, over New Year where need be."""
    start, end = first.months[0], last.months[-1]
    return tuple((start - 1 + step) % 12 + 1 for step in range((end - start) % 12 + 1))


def _fits(said: Measure, known: Measure, today: date) -> bool:
    clocks, others = clocks_of(said), clocks_of(known)
    if clocks and others and not set(clocks) & set(others):
        return False
    if isinstance(said, Clock | Hours):
        return bool(set(clocks) & set(others)) or _bare(known, clocks)
    if isinstance(said, Day) and isinstance(known, Day):
        return any(_one_day(a, b, said, known) for a in said.readings for b in known.readings)
    if isinstance(said, Period):
        return _in_period(said, known, today)
    if isinstance(said, Day) and isinstance(known, Period):
        return bool(known.day) and any(day.month in known.months and day.day == known.day for day in said.readings)
    return False


def _one_day(one: date, other: date, said: Day, known: Day) -> bool:
    """Whether two days are one; a day told without a year is read ahead, and may have been meant behind."""
    if one == other:
        return True
    if not dated(said.says) or not dated(known.says):  # "on Friday" may have been the last one
        behind = YEAR.search(known.says) is None and dated(known.says)
        near = [(one - day).days for day in (other, *([year_before(other)] if behind else [])) if day]
        return _weekday_only(said, known) and any(abs(days) <= 14 and days % 7 == 0 for days in near)
    yearless = any(dated(day.says) and not YEAR.search(day.says) for day in (said, known))
    return yearless and (one.month, one.day) == (other.month, other.day)


def _weekday_only(said: Day, known: Day) -> bool:
    return any(WEEKDAY.search(day.says) and not dated(day.says) for day in (said, known))


def _in_period(said: Period, known: Measure, today: date) -> bool:
    if isinstance(known, Period):
        months = not said.months or not known.months or bool(set(said.months) & set(known.months))
        years = said.year == known.year or not said.year or not known.year
        days = said.day == known.day or not said.day or not known.day
        return months and years and days
    if isinstance(known, Day):
        return any(
            (not said.months or day.month in said.months)
            and (not said.year or day.year == said.year)
            and (not said.day or day.day == said.day)
            for day in known.readings
        )
    return isinstance(known, Amount) and said.year in known.readings


def _bare(known: Measure, clocks: tuple[time, ...]) -> bool:
    """Whether a bare number of a fact may be the hour: "open 10 to 4"."""
    return isinstance(known, Amount) and not known.unit and any(float(one.hour) in known.readings for one in clocks)


def clocks_of(measure: Measure) -> tuple[time, ...]:
    """Return the times of day that `measure` may mean."""
    if isinstance(measure, Hours):
        return measure.readings
    clock = measure.clock if isinstance(measure, Day | Clock) else None
    return (clock,) if clock else ()


def other_time(one: Spoken, value: Spoken) -> bool:
    """Whether two times are of a kind that can't both hold: two days, two months, two times of day."""
    said, known = one.measures[-1], value.measures[-1]
    if isinstance(said, Clock | Hours):
        return bool(clocks_of(known))
    if isinstance(said, Day):
        return isinstance(known, Day)
    return isinstance(said, Period) and (isinstance(known, Period) or isinstance(known, Day)) and bool(said.months)
