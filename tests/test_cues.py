from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import copy_of, rule_of

from aboveboard.finding import Severity
from aboveboard.guards.cues import inspect

ENDS = [{"fact": "ends", "matches": "date"}, {"fact": "ends", "matches": "duration"}]
URGENT = rule_of(
    cues={
        "en": ["ends {date}", "{duration} left", "last chance", "ends"],
        "de": ["endet {date}", "letzte chance"],
        "es": ["termina {date}"],
    },
    unless={"en": ["no rush"]},
    excused_by=ENDS,
)
SCARCE = rule_of(
    id="scarce",
    cues={"en": ["(only|last) ({quantity}|{few})( left)?", "almost gone"], "de": ["nur noch {quantity}"]},
    excused_by=[{"fact": "stock", "matches": "quantity"}],
)
POPULAR = rule_of(
    id="popular",
    cues={"en": ["{count} people \\w+", "{percent} of members \\w+", "only {price}"]},
    excused_by=[{"fact": "value", "matches": kind} for kind in ("quantity", "percent", "price")],
)
SALE = {"statement": "the sale ends", "ends": "2026-12-06"}


def kinds(rule, copy):
    findings, _ = inspect(rule, copy)
    return [evidence.kind for finding in findings for evidence in finding.evidence]


def test_a_finding_quotes_the_text_as_written():
    (finding,), _ = inspect(URGENT, copy_of("Psst… It ENDS\u00a0 tonight!"))
    assert finding.quote == "ENDS\u00a0 tonight"
    assert finding.message == "'ENDS\u00a0 tonight' presses."
    assert finding.layer == "cues"


@given(st.text(max_size=20), st.text(max_size=20))
def test_every_quote_is_the_text_between_its_places(before, after):
    copy = copy_of(f"{before} Last chance {after}")
    for finding in inspect(URGENT, copy)[0]:
        assert copy.text[finding.start : finding.end] == finding.quote


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ends Sunday.", "en"),
        ("Ends on 6 December!", "en"),
        ("Ends this weekend.", "en"),
        ("Endet am Sonntag, den 6. Dezember.", "de"),
        ("Termina el domingo.", "es"),
        ("5 days left.", "en"),
    ],
)
def test_an_end_that_a_fact_shares_is_supported(text, language):
    findings, supports = inspect(URGENT, copy_of(text, SALE, language=language))
    assert not findings
    assert [support.fact for support in supports] == ["fact-1"]


@pytest.mark.parametrize("text", ["Ends tonight.", "Ends Friday.", "2 hours left.", "Ends on 13 December."])
def test_an_end_that_the_fact_denies_is_contradicted_and_weighs_more(text):
    (finding,), supports = inspect(URGENT, copy_of(text, SALE))
    assert finding.evidence[0].kind == "contradicted"
    assert "2026-12-06" in finding.evidence[0].says
    assert finding.severity is Severity.BLOCK
    assert not supports


def test_without_a_fact_the_end_is_only_unsupported():
    (finding,), _ = inspect(URGENT, copy_of("Ends Sunday."))
    assert finding.evidence[0].kind == "unsupported"
    assert finding.severity is Severity.REVIEW


def test_an_experimental_rule_only_notes():
    rule = URGENT.model_copy(update={"status": "experimental"})
    (finding,), _ = inspect(rule, copy_of("Ends tonight.", SALE))
    assert finding.severity is Severity.NOTE


def test_a_fact_that_has_run_out_excuses_nothing():
    expired = SALE | {"expires": "2026-11-30"}
    assert kinds(URGENT, copy_of("Ends Sunday.", expired)) == ["expired"]


def test_days_are_those_of_the_brief_not_of_greenwich():
    ends = {"statement": "ends", "ends": "2026-12-02"}
    late = datetime(2026, 12, 1, 20, tzinfo=UTC)
    assert kinds(URGENT, copy_of("Ends today.", ends, at=late)) == ["contradicted"]
    assert kinds(URGENT, copy_of("Ends today.", ends, at=late, timezone="Asia/Tokyo")) == []


def test_midnight_belongs_to_the_day_it_ends():
    ends = {"statement": "ends", "ends": datetime(2026, 12, 7, tzinfo=UTC)}
    assert kinds(URGENT, copy_of("Ends Sunday.", ends)) == []
    assert kinds(URGENT, copy_of("Ends Monday.", ends)) == ["contradicted"]


def test_a_wrong_time_of_day_is_a_contradiction():
    ends = {"statement": "ends", "ends": "2026-12-06T18:00:00Z"}
    assert kinds(URGENT, copy_of("Ends Sunday at 6 pm.", ends)) == []
    assert kinds(URGENT, copy_of("Ends Sunday at 9 pm.", ends)) == ["contradicted"]


@pytest.mark.parametrize(("text", "kind"), [("24 hours left", []), ("3 hours left", ["contradicted"])])
def test_hours_left_are_counted_from_the_moment_of_posting(text, kind):
    assert kinds(URGENT, copy_of(text, {"statement": "ends", "ends": "2026-12-02T12:00:00Z"})) == kind


def test_a_last_chance_needs_a_near_end_that_the_copy_tells():
    near = {"statement": "entries close", "ends": "2026-12-03"}
    assert kinds(URGENT, copy_of("Last chance! We close the list on 3 December.", near)) == []
    assert kinds(URGENT, copy_of("Last chance!", near)) == ["unsupported"]
    assert kinds(URGENT, copy_of("Last chance! We close on 6 December.", SALE)) == ["unsupported"]


def test_innocent_words_count_in_their_own_sentence_only():
    assert kinds(URGENT, copy_of("No rush, it ends when you like.")) == []
    assert kinds(URGENT, copy_of("No rush. It ends tonight.")) == ["unsupported"]


def test_innocent_words_may_be_asked_of_the_whole_text():
    rule = URGENT.model_copy(update={"options": {"unless_in": "text"}})
    assert kinds(rule, copy_of("No rush. It ends tonight.")) == []


def test_innocent_words_may_be_asked_to_touch_the_quote():
    rule = URGENT.model_copy(update={"options": {"unless_in": "quote"}})
    assert kinds(rule, copy_of("No rush, it ends tonight.")) == ["unsupported"]


@pytest.mark.parametrize(("stock", "kind"), [(40, []), (39, ["contradicted"])])
def test_scarcity_without_a_number_is_fair_beside_the_true_number(stock, kind):
    assert (
        kinds(SCARCE, copy_of("We have 40 firs, and they are almost gone.", {"statement": "firs", "stock": stock}))
        == kind
    )


def test_a_number_nobody_would_call_little_excuses_no_scarcity():
    stock = {"statement": "mugs", "stock": 4000}
    assert kinds(SCARCE, copy_of("4,000 mugs, almost gone.", stock)) == ["contradicted"]


def test_cues_of_the_texts_language_and_of_english_are_looked_for():
    assert kinds(URGENT, copy_of("Letzte Chance!", language="de")) == ["unsupported"]
    assert kinds(URGENT, copy_of("Last Chance für euch!", language="de")) == ["unsupported"]
    assert kinds(URGENT, copy_of("Letzte Chance!", language="en")) == []


@pytest.mark.parametrize(
    ("text", "stock", "kind"),
    [
        ("Last 40", 40, []),
        ("Last forty", 40, []),
        ("Only 400 left", 430, ["contradicted"]),
        ("Only 2 left", 4000, ["contradicted"]),
        ("Only a few left", 7, []),
        ("Only a few left", 70, ["contradicted"]),
        ("Almost gone", 5, []),
        ("Almost gone", 500, ["contradicted"]),
        ("Only a few left", 0, ["contradicted"]),
    ],
)
def test_scarcity_is_what_the_stock_says(text, stock, kind):
    assert kinds(SCARCE, copy_of(text, {"statement": "in stock", "stock": stock})) == kind


def test_a_stock_proves_numbers_in_every_language():
    assert kinds(SCARCE, copy_of("Nur noch zwölf", {"statement": "in stock", "stock": 12}, language="de")) == []


@pytest.mark.parametrize(
    ("text", "fact", "kind"),
    [
        ("2,140 people joined", {"statement": "people joined", "value": 2140}, []),
        ("Over 2,000 people joined", {"statement": "people joined", "value": 2140}, []),
        ("2,000 people joined", {"statement": "people joined", "value": 2140}, []),
        ("2,100 people joined", {"statement": "people joined", "value": 2140}, []),
        ("2,200 people joined", {"statement": "people joined", "value": 2140}, ["contradicted"]),
        ("Almost 2,200 people joined", {"statement": "people joined", "value": 2140}, []),
        ("Over 3,000 people joined", {"statement": "people joined", "value": 2140}, ["contradicted"]),
        ("9,000 people joined", {"statement": "the mug comes in 5 colours"}, ["unsupported"]),
        ("92% of members agree", {"statement": "92 % of members agree"}, []),
        ("92% of members agree", {"statement": "members agree", "value": "92 %"}, []),
        ("only €29", {"statement": "the set costs €29"}, []),
        ("only €29", {"statement": "the set costs $29"}, ["unsupported"]),
    ],
)
def test_counts_shares_and_prices_must_be_the_facts_own(text, fact, kind):
    assert kinds(POPULAR, copy_of(text, fact)) == kind


def test_words_are_proven_by_a_statement_that_has_them_all():
    rule = rule_of(cues={"en": ["voted \\w+ of the year"]}, excused_by=[{"fact": "statement", "matches": "words"}])
    fact = {"statement": "The lid was voted mug of the year by a jury"}
    assert kinds(rule, copy_of("Voted mug of the year.", fact)) == []
    assert kinds(rule, copy_of("Voted bottle of the year.", fact)) == ["unsupported"]


def test_a_rule_without_excuses_flags_every_cue():
    rule = rule_of(cues={"en": ["shame on you"]})
    assert kinds(rule, copy_of("Shame on you. Shame on you!", SALE)) == ["cue", "cue"]


@pytest.mark.parametrize("text", ["Ends Sunday at 6 pm GMT.", "Ends Sunday at 1 pm ET.", "Ends Sunday at 7 pm."])
def test_a_time_is_read_in_the_zone_the_copy_names(text):
    ends = {"statement": "ends", "ends": "2026-12-06T18:00:00Z"}
    assert kinds(URGENT, copy_of(text, ends, timezone="Europe/Berlin")) == []
    assert kinds(URGENT, copy_of(text, ends | {"ends": "2026-12-06T16:00:00Z"})) == ["contradicted"]


def test_a_weekday_that_the_date_is_not_proves_nothing():
    assert kinds(URGENT, copy_of("Ends Friday 6 December.", SALE)) == ["contradicted"]
    assert kinds(URGENT, copy_of("Ends Sunday 6 December.", SALE)) == []
