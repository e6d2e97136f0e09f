import pytest
from judging import copy_of, rule_of

from aboveboard.brief import Offer
from aboveboard.guards.substantiation import inspect
from aboveboard.rulebook import load_policy


@pytest.fixture(scope="module")
def claims():
    return load_policy().rule("unsupported-claim")


@pytest.fixture(scope="module")
def green():
    return load_policy().rule("green-claim")


def kinds(rule, text, *facts, **more):
    findings, _ = inspect(rule, copy_of(text, *facts, **more))
    return [evidence.kind for finding in findings for evidence in finding.evidence]


def test_a_number_the_facts_contain_is_supported(claims):
    _, (support,) = inspect(claims, copy_of("Room for 750 ml.", {"statement": "The bottle holds 750 ml"}))
    assert (support.quote, support.fact) == ("750 ml", "fact-1")
    assert "holds 750 ml" in support.says


def test_another_number_for_the_same_thing_is_contradicted(claims):
    assert kinds(claims, "A bottle for 900 ml.", {"statement": "The bottle holds 750 ml"}) == ["contradicted"]


def test_the_same_number_of_something_else_proves_nothing(claims):
    assert kinds(claims, "50% less plastic.", {"statement": "the lid is 50% recycled plastic"}) != []
    assert kinds(claims, "Keeps tea hot for 12 hours.", {"statement": "the shop is open for 12 hours"}) != []


def test_units_are_told_apart_and_their_spellings_are_not(claims):
    assert kinds(claims, "It weighs 2 kg.", {"statement": "it weighs 2 kilos"}) == []
    assert kinds(claims, "It weighs 2 kg.", {"statement": "it weighs 2 g"}) == ["contradicted"]
    assert kinds(claims, "It weighs 2 kg.", {"statement": "it measures 2 m"}) == ["unsupported"]


def test_a_fact_told_in_another_language_proves_its_numbers(claims):
    fact = {"statement": {"de": "Die Flasche fasst 750 ml und hält 24 Stunden kalt"}}
    assert kinds(claims, "750 ml, and it stays cold for 24 hours.", fact) == []


def test_an_offers_price_proves_the_price(claims):
    offer = Offer(id="set", says="the refill set", price=29, currency="EUR", terms="none", fact="fact-1")
    fact = {"statement": "the refill set is in the shop"}
    assert kinds(claims, "The refill set is €29.", fact, offers=(offer,)) == []
    assert kinds(claims, "The refill set is €19.", fact, offers=(offer,)) == ["contradicted"]


@pytest.mark.parametrize(
    "text",
    [
        "A lovely bottle, our favourite.",
        "3 tips for Monday, at 10 am, from 9 to 5.",
        "Love at first sip.",
        "Meet us at 7:30 pm in room 12.",
        "Give it 100%.",
        "Best enjoyed cold, on your best days.",
    ],
)
def test_puffery_and_ordinary_copy_pass(claims, text):
    assert kinds(claims, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "The best bottle on the market.",
        "The #1 scanner.",
        "Twice as fast.",
        "Saves 20% of water.",
        "Only €9.",
        "Over 2 million sold.",
    ],
)
def test_what_can_be_checked_needs_a_fact(claims, text):
    assert kinds(claims, text) == ["unsupported"]


def test_a_fact_that_has_run_out_proves_nothing(claims):
    fact = {"statement": "The bottle holds 750 ml", "expires": "2026-11-01"}
    assert kinds(claims, "It holds 750 ml.", fact) == ["expired"]


def test_a_date_must_be_one_of_the_facts_dates(claims):
    fact = {"statement": "reading week", "starts": "2026-12-07", "ends": "2026-12-12"}
    assert kinds(claims, "Reading week starts on 7 December.", fact) == []
    assert kinds(claims, "Reading week, 9 December: poems.", fact) == []
    assert kinds(claims, "Reading week starts on 14 December.", fact) == ["contradicted"]
    assert kinds(claims, "See you on 14 December.") == []


def test_a_green_word_passes_only_beside_the_specific_fact(green):
    fact = {"statement": "the body is made of 90% recycled steel"}
    assert kinds(green, "Sustainable bottle. Its body is 90% recycled steel.", fact) == []
    assert kinds(green, "Sustainable bottle. Lovely in blue.", fact) == ["unsupported"]


def test_a_fact_that_repeats_the_green_word_is_no_proof(green):
    assert kinds(green, "Our eco-friendly bottle.", {"statement": "our bottle is eco-friendly"}) == ["unsupported"]


def test_a_green_number_must_be_the_facts_number(green):
    fact = {"statement": "The bottle is made of 30% recycled plastic"}
    assert kinds(green, "The bottle is made of 80% recycled plastic.", fact) != []
    assert kinds(green, "The bottle is made of 30% recycled plastic.", fact) == []


def test_litres_and_millilitres_are_one_kind_of_unit(claims):
    fact = {"statement": "The bottle holds 750 ml"}
    assert kinds(claims, "The bottle holds 0.75 litres.", fact) == []
    assert kinds(claims, "The bottle holds 1.5 litres.", fact) == ["contradicted"]


def test_years_are_a_length_of_time_and_spelled_numbers_are_whole(claims):
    assert kinds(claims, "The oak is 400 years old.", {"statement": "The oak is 400 years old"}) == []
    assert kinds(claims, "Two hundred and fourteen cafés.", {"statement": "214 cafés pour it"}) == []
    findings, _ = inspect(claims, copy_of("Two hundred and fourteen cafés."))
    assert [finding.quote for finding in findings] == ["Two hundred and fourteen cafés"]


def test_the_midnight_that_ends_a_day_may_be_told_as_that_day(claims):
    fact = {"statement": "The sale ends", "ends": "2027-01-01T00:00:00Z"}
    assert kinds(claims, "The sale ends 31 December at midnight.", fact) == []


def test_a_first_place_in_figures_is_a_claim_and_a_room_number_is_not(claims):
    assert kinds(claims, "The number 1 gym in Leeds.") == ["unsupported"]
    assert kinds(claims, "Meet in room 212, by locker number 7.") == []


def test_an_offset_never_proves_neutrality(green):
    fact = {"statement": "the remaining emissions of delivery are offset with credits"}
    text = "Climate-neutral: the remaining emissions of delivery are offset with credits."
    assert kinds(green, text, fact) == ["unsupported"]


def test_authority_must_be_named_by_a_fact():
    rule = load_policy().rule("false-authority")
    fact = {"statement": "The lid won the Sample Award 2025", "source": "sample-award.example"}
    assert kinds(rule, "Our award-winning lid.", fact) == []
    assert kinds(rule, "Our dermatologist-tested lid.", fact) == ["unsupported"]


def test_a_claim_with_words_asked_for_needs_them_beside_its_number():
    rule = rule_of(guard="substantiation", cues={"en": ["lose {measure}"]}, options={"share": 1})
    assert kinds(rule, "Lose 5 kg.", {"statement": "the parcel weighs 5 kg"}) == ["unsupported"]


def test_a_count_of_a_hundred_and_more_is_a_claim_and_a_year_or_a_room_is_not(claims):
    fact = {"statement": "The map shows 214 cafés"}
    assert kinds(claims, "214 cafés on one map.", fact) == []
    assert kinds(claims, "900 cafés on one map.", fact) == ["contradicted"]
    assert kinds(claims, "900 chairs.", fact) == ["unsupported"]
    assert kinds(claims, "5 ways to fold the map in 2027, room 212.", fact) == []


@pytest.mark.parametrize("text", ["Open 24/7.", "Rated 4.9/5 by us.", "On Sundays we rest."])
def test_what_looks_like_a_date_and_is_none_is_left_alone(claims, text):
    fact = {"statement": "reading week", "starts": "2026-12-07", "ends": "2026-12-12"}
    assert kinds(claims, text, fact) == []


def test_a_day_that_an_offer_names_is_a_known_date(claims):
    offer = Offer(id="set", says="the set", terms="From 12 December it costs more.", fact="fact-1")
    fact = {"statement": "the sale", "ends": "2026-12-11"}
    assert kinds(claims, "From 12 December the set costs more.", fact, offers=(offer,)) == []


def test_a_green_number_of_the_fact_is_specific_enough_alone(green):
    """A card has room for the number and its words, not for the whole fact."""
    fact = {"statement": "The bottle is made from 90% recycled stainless steel"}
    assert kinds(green, "90% recycled steel", fact) == []
    assert kinds(green, "95% recycled steel", fact) == ["contradicted"]
    assert kinds(green, "90% recycled paper", fact) != []
