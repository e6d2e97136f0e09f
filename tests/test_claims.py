from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import NOON, copy_of

from aboveboard.brief import Offer
from aboveboard.claims import Claim, claims_of
from aboveboard.guarding import run_direct
from aboveboard.proving import contrary_dates
from aboveboard.rulebook import load_policy


def claims(text: str, *facts: dict[str, Any], **more: Any) -> list[Claim]:
    return list(claims_of(copy_of(text, *facts, **more)))


def standings(text: str, *facts: dict[str, Any], **more: Any) -> list[tuple[str, str, str]]:
    return [(one.kind, one.quote, one.standing) for one in claims(text, *facts, **more)]


BOTTLE = {"statement": "The bottle holds 750 ml, weighs 310 g and costs €29"}


def test_a_claim_is_quoted_exactly_and_shows_its_fact():
    (claim,) = claims("Our bottle holds 750 ml.", BOTTLE)
    assert (claim.start, claim.end, claim.quote, claim.fact) == (17, 23, "750 ml", "fact-1")
    assert "The bottle holds 750 ml" in claim.says


@pytest.mark.parametrize(
    ("text", "fact", "expected"),
    [
        ("Booking closes on 6 December.", {"statement": "Booking closes on 6 December"}, ("date", "supported")),
        ("Booking closes on 4 December.", {"statement": "Booking closes on 6 December"}, ("date", "contradicted")),
        ("Charges in 20 minutes.", {"statement": "The lamp charges in 20 minutes"}, ("duration", "supported")),
        ("Charges in 10 minutes.", {"statement": "The lamp charges in 20 minutes"}, ("duration", "contradicted")),
        ("214 cafés on one map.", {"statement": "The map shows 214 cafés"}, ("quantity", "supported")),
        ("900 cafés on one map.", {"statement": "The map shows 214 cafés"}, ("quantity", "contradicted")),
        ("900 chairs to sit on.", {"statement": "The map shows 214 cafés"}, ("quantity", "unsupported")),
        ("The bottle is €29.", BOTTLE, ("price", "supported")),
        ("The bottle is €19.", BOTTLE, ("price", "contradicted")),
        ("The lid is $19.", {"statement": "Made in Kent"}, ("price", "unsupported")),
        ("40% wool.", {"statement": "The scarf is 40 per cent wool"}, ("percent", "supported")),
        ("90% wool.", {"statement": "The scarf is 40 per cent wool"}, ("percent", "contradicted")),
        ("90% wool.", {"statement": "We open at nine"}, ("percent", "unsupported")),
    ],
)
def test_each_kind_stands_as_the_facts_say(text, fact, expected):
    assert expected in [(one.kind, one.standing) for one in claims(text, fact)]


@pytest.mark.parametrize(
    ("text", "language", "fact", "expected"),
    [
        ("Noch 6 Karten übrig.", "de", {"statement": "Restkarten: 85"}, "contradicted"),
        ("Das Set kostet €1.299.", "de", {"statement": "Das Set kostet 1299 €"}, "supported"),
        ("1,5 Mio. Flaschen gespart.", "de", {"statement": "1,5 Millionen Flaschen gespart"}, "supported"),
        ("Anmeldung bis Silvester.", "de", {"statement": "Anmeldung bis 31. Dezember"}, "supported"),
        ("Quedan 4 plazas.", "es", {"statement": "Quedan 40 plazas en el taller"}, "contradicted"),
        ("Abierto hasta el 6 de diciembre.", "es", {"statement": "Abierto hasta el 6 de diciembre"}, "supported"),
        ("Remise jusqu’au 5 décembre.", "fr", {"statement": "Remise jusqu'au 20 décembre"}, "contradicted"),
        ("Un client sur trois revient.", "fr", {"statement": "33 % des clients reviennent"}, "supported"),
        ("Costa 38 € al chilo.", "it", {"statement": "Il panettone costa 38 €"}, "supported"),
        ("Chiude domenica 6 dicembre.", "it", {"statement": "La mostra chiude il 13 dicembre"}, "contradicted"),
    ],
)
def test_five_languages_are_read(text, language, fact, expected):
    found = claims(text, fact, language=language, default_language=language)
    assert expected in [one.standing for one in found]


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("Half a million bottles saved.", "500,000 bottles saved"),
        ("A dozen eggs in each box.", "Each box has 12 eggs"),
        ("One in three of you voted: 1 in 3 readers.", "33% of readers voted"),
        ("Three quarters of the wool is local.", "75% of the wool is local"),
        ("Delivered in 3-5 days.", "Delivery takes three to five days"),
        ("Open until half five on the market.", "The market is open until 17:30"),
        ("Tickets cost €7.80 together.", "Tickets cost €3 and the coat rack €4.80"),
        ("Shop talk: nineteen years of bread.", "The bread shop has been here since 2007"),
        ("Ends on New Year's Eve, the winter sale.", "The winter sale ends on 31 December"),
        ("The quilts came in May from Porto.", "The quilts came from Porto on 4 May 2026"),
        ("Of our buses, the other 19% run on gas.", "81% of our buses are electric"),
        ("The walk on Saturday was muddy.", "The walk was on 28 November"),
    ],
)
def test_words_that_say_a_value_otherwise_are_the_value(text, statement):
    assert {one.standing for one in claims(text, {"statement": statement})} == {"supported"}


@pytest.mark.parametrize(
    "text",
    [
        "Open 24/7 for tea.",
        "A one-of-a-kind mug.",
        "Call 555 0100 for cake.",
        "Write to maya1987@example.org or see shop.example.org/p/4711.",
        "Table 12, please.",
        "Our zero-waste shelf.",
        "Feel free to sit down.",
        "That's the one.",
        "They've two geese and a pond.",
        "It's not £40.",
    ],
)
def test_what_only_looks_like_a_claim_is_none(text):
    assert claims(text) == []


@pytest.mark.parametrize("text", ["A thousand thanks!", "It's 100% yours.", "Give it 110%!"])
def test_hyperbole_is_puffery(text):
    assert [one.standing for one in claims(text)] == ["puffery"]


def test_a_weekday_the_date_does_not_fall_on_is_contradicted():
    assert standings("Doors open Friday 6 December.") == [("date", "Friday 6 December", "contradicted")]


def test_a_stock_figure_is_held_against_the_stock():
    fact = {"statement": "Lamps in the shop", "stock": 4000}
    (claim,) = claims("Only two left of the lamps.", fact)
    assert (claim.standing, claim.says) == ("contradicted", "'two': fact-1 says stock 4000")


def test_a_number_told_twice_by_the_facts_is_no_contradiction():
    fact = {"statement": "We sewed 60 quilts, 22 quilts are left"}
    assert {one.standing for one in claims("60 quilts, and 22 quilts are left.", fact)} == {"supported"}


def test_the_same_number_pointing_another_way_is_not_supported():
    fact = {"statement": "The cap is 50% recycled plastic"}
    assert standings("Now with 50% less plastic.", fact) == [("percent", "50%", "unsupported")]


def test_a_fact_that_is_over_supports_nothing():
    fact = {"statement": "The bottle costs €29", "expires": "2026-11-01"}
    assert standings("The bottle costs €29.", fact) == [("price", "€29", "unsupported")]


def test_the_day_is_read_in_the_timezone_of_the_copy():
    late = NOON.replace(hour=23, minute=30)
    fact = {"statement": "The sale ends on 2 December", "ends": "2026-12-02"}
    tokyo = claims("The sale ends tonight.", fact, at=late, timezone="Asia/Tokyo")
    assert [one.standing for one in tokyo] == ["supported"]
    assert [one.standing for one in claims("The sale ends tonight.", fact, at=late)] == ["contradicted"]


def test_a_fee_that_only_the_fact_tells_is_what_a_price_omits():
    fact = {"statement": "The small box costs £14; delivery adds £3.50 per drop"}
    (claim,) = [one for one in claims("Small box, £14.", fact)]
    assert claim.omits is not None and (claim.omits.kind, claim.omits.fact) == ("fee", "fact-1")
    assert all(one.omits is None for one in claims("Small box, £14, plus £3.50 delivery.", fact))


def test_a_renewal_that_only_the_fact_tells_is_what_a_trial_omits():
    fact = {"statement": "Trial of 14 days without charge; afterwards £62 a month"}
    omits = [one.omits.kind for one in claims("Try it free for 14 days.", fact) if one.omits]
    assert omits == ["renewal"]


def test_a_deposit_that_comes_back_is_no_cost():
    fact = {"statement": "Salad bag €3.50; crate deposit €5, refunded on return"}
    assert [one.omits for one in claims("Salad bag €3.50.", fact)] == [None]


def test_an_offer_is_known_with_its_terms():
    offer = Offer(id="set", says="the set", price=29, currency="EUR", terms="postage €4.90", fact="fact-1")
    fact = {"statement": "The refill set is in the shop"}
    (claim,) = claims("The refill set: €29.", fact, offers=(offer,))
    assert claim.standing == "supported" and claim.omits is not None


def found(text: str, *facts: dict[str, Any], **more: Any) -> set[tuple[str, str]]:
    inspection = run_direct(load_policy(), copy_of(text, *facts, **more))
    return {(one.rule, one.severity.value) for one in inspection.findings}


@pytest.mark.parametrize(
    ("text", "fact", "rule", "severity"),
    [
        (
            "Orders close wednesday at noon.",
            {"statement": "Orders close on 11 December"},
            "false-urgency",
            "block",
        ),
        ("9 stands are still free.", {"statement": "96 stands are free"}, "false-scarcity", "block"),
        ("2,300 households joined.", {"statement": "1,200 households joined"}, "fake-social-proof", "block"),
        ("94% hydropower.", {"statement": "38% hydropower in the mix"}, "green-claim", "block"),
        ("Small box, £14.", {"statement": "Small box £14, delivery charge £3"}, "hidden-cost", "block"),
        ("The bottle is €19.", BOTTLE, "unsupported-claim", "block"),
    ],
)
def test_what_a_fact_contradicts_is_found_by_the_most_specific_rule(text, fact, rule, severity):
    assert (rule, severity) in found(text, fact)


def test_a_contradiction_is_told_once():
    rules = [rule for rule, _ in found("9 stands are still free.", {"statement": "96 stands are free"})]
    assert rules == ["false-scarcity"]


def test_a_plain_date_that_no_fact_speaks_of_is_information():
    assert found("Come to the concert on 12 December at 19:00.", {"statement": "The choir has 40 voices"}) == set()


@given(known=st.integers(20, 9999), said=st.integers(20, 9999))
def test_a_count_stands_exactly_where_it_is_the_facts_own(known, said):
    # Two thousand for 2,140 is modest rounding and stands; years count no lamps.
    rounded = str(known).startswith(str(said).rstrip("0")) and said <= known
    if rounded and said != known or 1900 <= min(known, said) <= 2100 or 1900 <= max(known, said) <= 2100:
        return
    (claim,) = claims(f"We sold {said} lamps.", {"statement": f"We sold {known} lamps"})
    assert claim.standing == ("supported" if said == known else "contradicted")


@given(known=st.decimals(1, 9999, places=2), said=st.decimals(1, 9999, places=2))
def test_a_price_stands_exactly_where_it_is_the_facts_own(known, said):
    (claim,) = claims(f"The lamp costs €{said}.", {"statement": f"The lamp costs €{known}"})
    assert claim.standing == ("supported" if said == known else "contradicted")


@given(ahead=st.integers(0, 360), off=st.integers(0, 360))
def test_a_day_within_a_year_stands_exactly_where_it_is_the_facts_own(ahead, off):
    known, said = (NOON.date() + timedelta(days=days) for days in (ahead, off))

    def told(day: date) -> str:
        return f"{day.day} {day:%B}"

    found_there = claims(f"The sale ends on {told(said)}.", {"statement": f"The sale ends on {told(known)}"})
    assert [one.standing for one in found_there] == ["supported" if said == known else "contradicted"]


def test_a_caption_without_facts_or_numbers_claims_nothing():
    assert claims("A quiet morning, and the kettle sings.") == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The coach leaves the ground at 10.30.", "en"),
        ("The coach leaves the ground at 9.10.", "en"),
        ("After that, new members pay £26.99.", "en"),
        ("After that, new members pay £9.12.", "en"),
        ("After that, a month is 9.12. Come and see.", "en"),
        ("Abfahrt ist um 9.10.", "de"),
        ("Danach kostet der Monat €9.12.", "de"),
        ("Le car part à 9.10. Venez tôt.", "fr"),
        ("Il pullman parte alle 9.10.", "it"),
    ],
)
def test_a_time_or_a_sum_before_a_full_stop_is_no_day(text, language):
    fact = {"statement": "Coach and members: 5 December 2026", "ends": date(2026, 12, 5)}
    assert not [one for one in claims(text, fact, language=language) if one.quote.endswith(".")]
    assert not contrary_dates(copy_of(text, fact, language=language))


@pytest.mark.parametrize("text", ["Anmeldung bis 06.12.", "Anmeldung bis 6.12. Danach nicht mehr."])
def test_a_german_day_may_end_in_its_dot(text):
    fact = {"statement": "Anmeldung bis 5. Dezember"}
    assert "contradicted" in [one.standing for one in claims(text, fact, language="de", default_language="de")]


@pytest.mark.parametrize(
    ("text", "language", "statement"),
    [
        ("Sign before Monday 21 December.", "en", "You sign by 20 December"),
        ("Sign by 20 December.", "en", "You sign before 21 December"),
        ("Anmeldung vor dem 21. Dezember.", "de", "Anmeldung bis 20. Dezember"),
        ("Inscripción antes del 21 de diciembre.", "es", "Inscripción hasta el 20 de diciembre"),
        ("Inscription avant le 21 décembre.", "fr", "Inscription jusqu'au 20 décembre"),
        ("Iscrizione prima del 21 dicembre.", "it", "Iscrizione entro il 20 dicembre"),
        ("Tell us by 5 pm on Wednesday 9 December.", "en", "Tell us by 9 December 2026"),
        ("Since April our panels cover a lot.", "en", "Panels covered it, April to November 2026"),
        ("Since May our panels cover a lot.", "en", "Panels covered it, May to July 2026"),
        ("Seit Mai liefern die Module.", "de", "Die Module lieferten es Mai bis November 2026"),
        ("Rain since Sunday.", "en", "Rain gauge, 29 November to 1 December 2026"),
        ("Maintenance for about an hour.", "en", "Maintenance, planned for one hour"),
        ("Die Wartung dauert etwa eine Stunde.", "de", "Die Wartung dauert eine Stunde"),
        (
            "Enter by Sunday 13 December. We draw on Monday evening.",
            "en",
            "The form is open until 13 December, the draw is on 14 December",
        ),
        ("Your membership ends on 31 January.", "en", "Membership is dearer from 1 February 2027"),
        ("Die Mitgliedschaft endet am 31. Januar.", "de", "Die Mitgliedschaft ist ab 1. Februar teurer"),
    ],
)
def test_two_ways_to_tell_one_time_agree(text, language, statement):
    told = claims(text, {"statement": statement}, language=language, default_language=language)
    assert "contradicted" not in [one.standing for one in told]


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("Sign before Monday 14 December.", "You sign by 20 December"),
        ("Sign by 5 pm on Wednesday 9 December.", "You sign by 9 December 2026, 8 pm"),
        ("Maintenance for about an hour.", "Maintenance, planned for five hours"),
        (
            "Enter by Sunday 13 December. We draw on Monday evening.",
            "The form is open until 13 December, the draw is on 15 December",
        ),
        ("Your membership ends on 30 January.", "Membership is dearer from 1 February 2027"),
        ("Your membership starts on 31 January.", "Membership starts on 1 February 2027"),
    ],
)
def test_another_time_is_contradicted_still(text, statement):
    assert "contradicted" in [one.standing for one in claims(text, {"statement": statement})]


def test_the_day_before_a_fact_begins_is_where_something_ends():
    fact = {"statement": "The membership costs £33", "starts": date(2027, 2, 1)}
    assert not found("If we hear nothing, your membership ends on 31 January.", fact)


def test_what_ends_on_the_eve_of_something_else_has_no_proof_in_it():
    workshop = {"statement": "The workshop is on 3 December", "starts": date(2026, 12, 3)}
    booking = {"statement": "Booking stays open until 3 December", "ends": date(2026, 12, 3)}
    text = "Booking closes tomorrow at noon."
    assert standings(text, workshop, booking) == [("date", "tomorrow at noon", "contradicted")]
    assert found(text, workshop, booking)


def test_a_number_that_stands_in_a_fact_is_not_contradicted_by_its_other_one():
    fact = {"statement": "The pass is £59, members pay £49; 12 lessons, and 3 lessons for juniors"}
    told = claims("The pass: £49. A lesson card has 12, juniors get 3 lessons.", fact)
    assert "contradicted" not in [one.standing for one in told]


@pytest.mark.parametrize(
    ("text", "language", "statement"),
    [
        ("A bridge of 60 metres.", "en", "Footbridge 60 m, oak"),
        ("Open 8 to 6, bring cash.", "en", "Open 8.00 to 18.00"),
        ("The tour takes half an hour.", "en", "Guided tour, 30 minutes"),
        ("Der Rundgang: in einer Stunde.", "de", "Rundgang 1 Stunde"),
        ("Set up in 60 seconds.", "en", "Set-up measured: 48 seconds"),
        ("Trusted by thousands of rowers.", "en", "Rowers who use it: 7,310"),
        ("The regatta is on 9 May.", "en", "Regatta 8-10 May 2027"),
        ("Markt am 5.12.", "de", "Markt 4. und 5.12.2026"),
        ("Le bus part avant le 31/12.", "fr", "Le bus part avant le 31 décembre"),
        ("The lamp failed at 8:40 on opening night.", "en", "Lamp failed at 20:40"),
        ("Held until December 3, 2026.", "en", "Held until December 3, 2026"),
        ("The kit costs £175.", "en", "Kit Alder 40 175 GBP"),
        ("Platzkarten kosten 16 €.", "de", "Konzert Sa 5.12., 20 Uhr, 16 EUR"),
        ("37 % weniger Wasser.", "de", "Lab report: 37 % less water"),
        ("20 % off all tents.", "en", "20 % on tents until 6 December"),
    ],
)
def test_what_a_fact_says_in_other_words_or_units_is_supported(text, language, statement):
    told = standings(text, {"statement": statement}, language=language, default_language=language)
    assert told and {standing for *_, standing in told} == {"supported"}


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("A bridge of 90 metres.", "Footbridge 60 m, oak"),
        ("Open 8 to 9, every shop.", "Shop open 8.00 to 18.00"),
        ("The tour takes two hours.", "Guided tour, 30 minutes"),
        ("Set up in 20 seconds.", "Set up in 48 seconds"),
        ("The regatta is on 12 May.", "Regatta 8-10 May 2027"),
    ],
)
def test_another_value_in_those_words_or_units_is_not(text, statement):
    assert "supported" not in {standing for *_, standing in standings(text, {"statement": statement})}


def test_days_are_no_word_against_years():
    told = standings("Only 3 days left with Mo.", {"statement": "Mo has been with us for nine years"})
    assert "contradicted" not in {standing for *_, standing in told}


def test_a_later_price_without_a_term_is_no_renewal():
    fact = {"statement": "Jacket 48 EUR until 6 December, afterwards 54 EUR"}
    assert not [one for one in claims("The jacket is 48 EUR.", fact) if one.omits]


def test_a_total_of_the_facts_parts_is_theirs():
    fact = {"statement": "Fare €210, booking fee €31 per stay, cleaning €64"}
    assert standings("All in: €305 for the week.", fact) == [("price", "€305", "supported")]
    assert standings("All in: €250 for the week.", fact) != [("price", "€250", "supported")]
