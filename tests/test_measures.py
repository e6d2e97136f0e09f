from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from aboveboard.measures import Amount, Day, Percent, Price, Span, Times, numbers_in, read

TUESDAY = datetime(2026, 12, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))


def day(words: str, language: str = "en", at: datetime = TUESDAY) -> Day:
    found = read("date", words, language, at)
    assert isinstance(found, Day)
    return found


@pytest.mark.parametrize(
    ("words", "language", "expected"),
    [
        ("tonight", "en", "2026-12-01"),
        ("midnight", "en", "2026-12-01"),
        ("sunday at midnight", "en", "2026-12-06"),
        ("tomorrow", "en", "2026-12-02"),
        ("on sunday", "en", "2026-12-06"),
        ("dec. 6th, 2026", "en", "2026-12-06"),
        ("the 6th of december", "en", "2026-12-06"),
        ("sunday 6 december at 8 pm", "en", "2026-12-06"),
        ("2026-12-06", "en", "2026-12-06"),
        ("end of the month", "en", "2026-12-31"),
        ("5 january", "en", "2027-01-05"),
        ("heute um mitternacht", "de", "2026-12-01"),
        ("am sonntag", "de", "2026-12-06"),
        ("am sonntag, den 6. dezember um 20 uhr", "de", "2026-12-06"),
        ("06.12.", "de", "2026-12-06"),
        ("el domingo", "es", "2026-12-06"),
        ("el domingo 6 de diciembre", "es", "2026-12-06"),
        ("dimanche 6 décembre", "fr", "2026-12-06"),
        ("domenica", "it", "2026-12-06"),
    ],
)
def test_days_are_read_as_their_readers_mean_them(words, language, expected):
    assert day(words, language).readings == (date.fromisoformat(expected),)


def test_a_weekday_said_on_that_day_may_be_today_or_in_a_week():
    assert day("tuesday").readings == (date(2026, 12, 1), date(2026, 12, 8))


def test_next_friday_may_be_the_coming_one_or_the_one_after():
    assert day("next friday").readings == (date(2026, 12, 4), date(2026, 12, 11))


def test_this_weekend_is_both_its_days():
    assert day("this weekend").readings == (date(2026, 12, 5), date(2026, 12, 6))


def test_an_english_slashed_date_is_read_both_ways():
    assert date(2026, 12, 6) in day("6/12").readings
    assert date(2027, 6, 12) in day("6/12").readings


def test_a_day_turns_with_the_zone_it_is_read_in():
    late = datetime(2026, 12, 1, 23, 30, tzinfo=ZoneInfo("UTC"))
    assert day("today", at=late).readings == (date(2026, 12, 1),)
    assert day("today", at=late.astimezone(ZoneInfo("Asia/Tokyo"))).readings == (date(2026, 12, 2),)


@pytest.mark.parametrize(
    ("words", "language", "expected"),
    [
        ("sunday at 8 pm", "en", time(20)),
        ("sonntag um 18 uhr", "de", time(18)),
        ("viernes a las 20:30", "es", time(20, 30)),
    ],
)
def test_a_day_carries_its_time_of_day(words, language, expected):
    assert day(words, language).clock == expected


@pytest.mark.parametrize(
    ("words", "language", "expected"),
    [
        ("two", "en", 2),
        ("twenty-five", "en", 25),
        ("a dozen", "en", 12),
        ("2,000", "en", 2000),
        ("2.000", "de", 2000),
        ("10k", "en", 10_000),
        ("2 million", "en", 2_000_000),
        ("1,5 millionen", "de", 1_500_000),
        ("fünfundzwanzig", "de", 25),
        ("zweitausend", "de", 2000),
        ("duemila", "it", 2000),
        ("treinta y dos", "es", 32),
        ("thousands", "en", 2000),
    ],
)
def test_numbers_are_read_in_their_own_language(words, language, expected):
    found = read("count", words, language, TUESDAY)
    assert isinstance(found, Amount) and found.readings == (expected,)


def test_an_english_two_point_thousand_stays_open():
    assert numbers_in("2.000 shops", "en")[0].readings == (2000.0, 2.0)


@pytest.mark.parametrize(
    ("words", "hours"), [("24h", 24), ("48 hours", 48), ("3 days", 72), ("two weeks", 336), ("one day", 24)]
)
def test_spans_are_hours(words, hours):
    found = read("duration", words, "en", TUESDAY)
    assert isinstance(found, Span) and (found.low, found.high) == (hours, hours)


def test_a_few_hours_are_two_to_six():
    found = read("duration", "a few hours", "en", TUESDAY)
    assert isinstance(found, Span) and (found.low, found.high) == (2, 6)


def test_a_statement_gives_each_number_as_what_it_is():
    found = numbers_in("It holds 750 ml, costs €29, 20% less, for 3 days; twice tested by 2,140 people.", "en")
    assert [type(one) for one in found] == [Amount, Price, Percent, Span, Times, Amount]
    assert [getattr(one, "unit", "") for one in found][0] == "ml"


def test_bounds_are_kept():
    bounds = [one.bound for one in numbers_in("over 500 people, almost 40 places, up to 9 ml, exactly 7", "en")]
    assert bounds == ["at least", "about", "at most", "exactly"]
