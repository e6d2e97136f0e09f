"""Named days are read as dateparser reads them, without asking it."""

from datetime import date, datetime, time, timedelta

import dateparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.days import _months, _named, days

LANGUAGES = ["en", "de", "es", "fr", "it"]
COMING = st.dates(date(2026, 12, 2), date(2027, 11, 30))
TODAY = date(2026, 12, 1)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LANGUAGES), COMING)
def test_a_day_and_its_month_are_what_dateparser_makes_of_them(language, day):
    for name in [name for name, number in _months(language).items() if number == day.month]:
        said = f"{day.day} {name}"
        told = {
            "RELATIVE_BASE": datetime.combine(TODAY, time(12)),
            "PREFER_DATES_FROM": "future",
            "DATE_ORDER": "DMY",
        }
        assert _named(said, language, TODAY) == dateparser.parse(said, languages=[language], settings=told).date()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_day_of_posting_is_today_not_a_year_away(language):
    for name, number in _months(language).items():
        today = date(2027, number, 5)
        assert days(f"5 {name}", language, today) == (today,)
        assert days(f"5 {name}", language, today + timedelta(days=1)) == (date(2028, number, 5),)


def test_a_year_that_is_said_holds():
    assert days("5 aprile 2027", "it", TODAY) == (date(2027, 4, 5),)
    assert days("6 december 2025", "en", TODAY) == (date(2025, 12, 6),)


def test_a_day_that_no_calendar_has_is_not_made_up():
    assert _named("31 june", "en", TODAY) is None
    assert _named("6 smarch", "en", TODAY) is None
