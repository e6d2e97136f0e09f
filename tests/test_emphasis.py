"""Emphasis: dates, quotations and lists come from the slot's fact, in its words, and only where they are clear."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from making import a_brief, a_slot

from aboveboard.brief import Brief, Fact, Offer
from aboveboard.draft import Caption
from aboveboard.imaging.emphasis import listed, occasion, quotation
from aboveboard.imaging.illustrating import card_words

SATURDAY = {"starts": date(2027, 3, 27), "ends": date(2027, 3, 27)}


def a_fact(statement: str = "Our stand is at the harbour.", **given) -> Fact:
    return Fact(id="stations", statement=statement, source=given.pop("source", "Permit"), **given)


def in_germany(**given) -> Brief:
    brief = a_brief()
    return brief.model_copy(
        update={"audience": brief.audience.model_copy(update={"regions": given.pop("regions", ("DE",))}), **given}
    )


def test_a_fact_that_begins_and_ends_on_a_day_is_an_occasion():
    told = occasion(a_fact(**SATURDAY, place="Bristol harbour"), a_brief(), "en")
    assert told is not None
    assert (told.weekday, told.day, told.month, told.hours, told.where) == (
        "Saturday", "27", "March", None, "Bristol harbour",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "weekday", "month"),
    [("de", "Samstag", "März"), ("es", "Sábado", "marzo"), ("ja", "土曜日", "3月")],
)
def test_an_occasion_speaks_the_slots_language(language, weekday, month):
    told = occasion(a_fact(**SATURDAY), a_brief(), language)
    assert told is not None and (told.weekday, told.month) == (weekday, month)


def test_hours_are_told_as_the_fact_has_them():
    zone = timezone(timedelta(hours=1))
    starts, ends = datetime(2027, 3, 2, 10, tzinfo=zone), datetime(2027, 3, 2, 16, 30, tzinfo=zone)
    told = occasion(a_fact(starts=starts, ends=ends), in_germany(), "en")
    assert told is not None and told.hours == "10:00–16:30"


def test_hours_name_their_zone_where_the_audience_lives_by_another_clock():
    starts, ends = datetime(2027, 3, 2, 10, tzinfo=UTC), datetime(2027, 3, 2, 11, tzinfo=UTC)
    told = occasion(a_fact(starts=starts, ends=ends), in_germany(regions=("DE", "GB")), "en")
    assert told is not None and told.hours is not None and len(told.hours) > len("10:00–11:00")


@pytest.mark.parametrize(
    ("starts", "ends", "day", "month"),
    [
        (date(2027, 5, 10), date(2027, 5, 16), "10–16", "May"),
        (date(2027, 3, 28), date(2027, 4, 3), "28", "March – 3 April"),
    ],
)
def test_several_days_are_told_from_the_first_to_the_last(starts, ends, day, month):
    told = occasion(a_fact(starts=starts, ends=ends), a_brief(), "en")
    assert told is not None and (told.day, told.month, told.weekday) == (day, month, "")


def test_what_only_begins_only_ends_or_takes_months_is_no_occasion():
    brief = a_brief()
    assert occasion(a_fact(starts=date(2027, 3, 1)), brief, "en") is None
    assert occasion(a_fact(ends=date(2027, 3, 1)), brief, "en") is None
    assert occasion(a_fact(starts=date(2027, 3, 1), ends=date(2027, 6, 1)), brief, "en") is None


def test_an_offer_that_ends_is_no_occasion():
    offer = Offer(id="launch", says="£18", price=18, currency="GBP", terms="One price.", fact="stations")
    brief = a_brief().model_copy(update={"offers": (offer,)})
    assert occasion(a_fact(**SATURDAY), brief, "en") is None


def test_a_place_too_long_for_a_card_is_left_out():
    told = occasion(a_fact(**SATURDAY, place="the harbour " * 9), a_brief(), "en")
    assert told is not None and told.where is None


def test_somebodys_words_are_quoted_with_who_says_them():
    told = quotation(a_fact("“I fill it every morning on the way,” says Ada, a rider in Bath."), a_brief(), "en")
    assert told is not None
    assert (told.words, told.by) == ("“I fill it every morning on the way”", "Ada, a rider in Bath")


def test_words_without_a_speaker_are_quoted_from_the_facts_source():
    told = quotation(
        a_fact("A reader wrote: “The map found me a tap in Leeds.”", source="Letter of 3 May"), a_brief(), "en"
    )
    assert told is not None and told.by == "Letter of 3 May"


@pytest.mark.parametrize(
    "statement",
    [
        "The “Spring Bottle” is here.",
        "The workshop “Writing for everyone in town” is on Friday.",
        "No quotation at all.",
        "“" + "long words " * 30 + "” says Ada Byron.",
    ],
)
def test_a_title_in_quotes_or_an_endless_quotation_is_none(statement):
    assert quotation(a_fact(statement), a_brief(), "en") is None


@pytest.mark.parametrize(
    ("statement", "language", "entries"),
    [
        ("The bottle holds 600 ml, weighs 240 g and fits a standard bike cage.", "en",
         ("Holds 600 ml", "Weighs 240 g", "Fits a standard bike cage")),
        ("The map shows 214 cafés, libraries and stations that fill any bottle.", "en",
         ("Cafés", "Libraries", "Stations")),
        ("Es gibt Lesungen auf Deutsch, Englisch und Spanisch.", "de", ("Deutsch", "Englisch", "Spanisch")),
        ("Hay actividades en español, alemán e inglés.", "es", ("Español", "Alemán", "Inglés")),
    ],
)  # fmt: skip
def test_what_a_fact_enumerates_is_listed_in_its_words(statement, language, entries):
    assert listed(statement, language) == entries


@pytest.mark.parametrize(
    "statement",
    [
        "The steel holds no lead, mercury and nickel.",
        "Come by bus, tram or boat.",
        "Open daily except Monday, Tuesday and Wednesday.",
        "It runs between Bath, Bristol and Wells.",
        "Bread and butter.",
        "We met, talked at some length about nearly everything there is to say and left.",
    ],
)
def test_what_is_denied_offered_as_a_choice_or_unclear_is_no_list(statement):
    assert listed(statement, "en") == ()


def test_a_list_in_a_language_we_cannot_read_is_none():
    assert listed("Karta pokazuje kawiarnie, biblioteki i dworce.", "pl") == ()


def test_a_card_makes_much_only_of_a_fact_its_caption_rests_on():
    brief = a_brief().model_copy(update={"facts": (a_fact(**SATURDAY),)})
    resting = Caption(text="Come.", headline="Come", facts=("stations",))
    other = resting.model_copy(update={"facts": ("another",)})
    assert card_words(resting, brief, a_slot()).occasion is not None
    assert card_words(other, brief, a_slot()).occasion is None


def test_a_list_does_not_say_the_headline_again():
    fact = a_fact("The bottle holds 600 ml, weighs 240 g and fits a standard bike cage.")
    brief = a_brief().model_copy(update={"facts": (fact,)})
    said = Caption(text="It fits.", headline="Fits a standard bike cage")
    assert card_words(said, brief, a_slot()).entries == ()
    assert len(card_words(said.model_copy(update={"headline": "One bottle"}), brief, a_slot()).entries) == 3
