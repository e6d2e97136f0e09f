"""Named days are read as dateparser reads them, without asking it."""

from datetime import date, datetime, time, timedelta

import dateparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.days import _numeric, _parsed, days
from aboveboard.placeholders import WORDS

LANGUAGES = ["en", "de", "es", "fr", "it"]


def months_of(language):
    names = WORDS[language].months.replace("sept?", "sep").split("|")
    return {name: 1 + place % 12 for place, name in enumerate(names[:12])}


COMING = st.dates(date(2026, 12, 2), date(2027, 11, 30))
TODAY = date(2026, 12, 1)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LANGUAGES), COMING)
def test_a_day_and_its_month_are_what_dateparser_makes_of_them(language, day):
    for name in [name for name, number in months_of(language).items() if number == day.month]:
        said = f"{day.day} {name}"
        told = {
            "RELATIVE_BASE": datetime.combine(TODAY, time(12)),
            "PREFER_DATES_FROM": "future",
            "DATE_ORDER": "DMY",
        }
        read = dateparser.parse(said, languages=[language], settings=told).date()
        assert days(said, language, TODAY) == (read,)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_day_of_posting_is_today_not_a_year_away(language):
    for name, number in months_of(language).items():
        today = date(2027, number, 5)
        assert days(f"5 {name}", language, today) == (today,)
        assert days(f"5 {name}", language, today + timedelta(days=1)) == (date(2028, number, 5),)


def test_a_year_that_is_said_holds():
    assert days("5 aprile 2027", "it", TODAY) == (date(2027, 4, 5),)
    assert days("6 december 2025", "en", TODAY) == (date(2025, 12, 6),)


def test_a_day_that_no_calendar_has_is_not_made_up():
    assert date(2027, 7, 1) not in days("31 june", "en", TODAY)


@given(
    st.integers(1, 31),
    st.integers(1, 12),
    st.one_of(st.none(), st.integers(1990, 2040)),
    st.dates(date(2025, 1, 1), date(2028, 12, 31)),
    st.sampled_from(["en", "de"]),
)
def test_dates_in_figures_are_read_as_dateparser_reads_them(day, month, year, today, language):
    written = [f"{day}/{month}/{year}", f"{year}-{month:02}-{day:02}"] if year else [f"{day}/{month}"]
    for core in written:
        read = _numeric(core, language, today)
        assert not read or read == _parsed(core, language, today)
