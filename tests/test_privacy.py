from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.finding import Copy, Finding, Severity
from aboveboard.guards.privacy import _regions, inspect
from aboveboard.policy import Rule
from aboveboard.rulebook import load_policy

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def rule() -> Rule:
    return load_policy().rule("personal-data")


def found(rule: Rule, text: str, language: str = "en") -> list[Finding]:
    return inspect(rule, Copy(text=text, language=language, at=NOON))[0]


@pytest.mark.parametrize(
    ("text", "language", "quote"),
    [
        ("Write to jo.holt+wool@mail.example.org today.", "en", "jo.holt+wool@mail.example.org"),
        ("Write to jo [at] mail.example.", "en", "jo [at] mail.example"),
        ("Call +44 20 7946 0958.", "en", "+44 20 7946 0958"),
        ("Ruf an: 030 1234567!", "de", "030 1234567"),
        ("Llama al 612 34 56 78.", "es", "612 34 56 78"),
        ("Pay to DE89 3704 0044 0532 0130 00 BY FRIDAY", "en", "DE89 3704 0044 0532 0130 00"),
        ("Pay to de89370400440532013000.", "en", "de89370400440532013000"),
        ("Card 4539-1488-0343-6467 was charged.", "en", "4539-1488-0343-6467"),
        ("NIE X1234567L", "es", "X1234567L"),
        ("SSN 536-90-4399 on file", "en", "536-90-4399"),
        ("Date of birth: 3 March 1991", "en", "Date of birth: 3 March 1991"),
        ("https://brand.example/?id=7&email=jo%40mail.example#top", "en", "email=jo%40mail.example"),
        ("https://brand.example/?ref=jo%40mail.example", "en", "ref=jo%40mail.example"),
        ("https://jo@brand.example/map", "en", "jo@brand.example"),
        ("https://brand.example/u/jo@mail.example/map", "en", "jo@mail.example"),
        ("https://brand.example/map#jo%40mail.example", "en", "jo%40mail.example"),
        ("(https://brand.example/u/am9AbWFpbC5leGFtcGxl).", "en", "am9AbWFpbC5leGFtcGxl"),
        ("https://brand.example/?u=am9AbWFpbC5leGFtcGxlLm9yZw%3D%3D!", "en", "u=am9AbWFpbC5leGFtcGxlLm9yZw%3D%3D"),
        ("https://brand.example/#t=am9AbWFpbC5leGFtcGxl", "en", "t=am9AbWFpbC5leGFtcGxl"),
        (f"https://brand.example/?hem={'5f4d' * 16}", "en", f"hem={'5f4d' * 16}"),
        (f"https://brand.example/unsubscribe/{'5f4d' * 8}", "en", "5f4d" * 8),
        ("https://brand.example/customer/8812345/offer", "en", "8812345"),
        (
            "https://brand.example/kunde/8c6976e5-b541-4f2e-8b1e-1f3c5f0c2a11",
            "de",
            "8c6976e5-b541-4f2e-8b1e-1f3c5f0c2a11",
        ),
    ],
)
def test_personal_data_is_quoted_exactly(rule, text, language, quote):
    (finding,) = found(rule, text, language)
    assert finding.quote == quote == text[finding.start : finding.end]


@pytest.mark.parametrize(
    "text",
    [
        "Write to press@brand.example, events.berlin@brand.example or brand@brand.example.",
        "offers@brand.example, storm@brand.example, lost.property@brand.example, emergency-desk@brand.example",
        "fundsachen@marke.example, notdienst@marke.example, angebote@marke.example",
        "ofertas@marca.example, urgencias@marca.example, offres@marque.example, urgence@marque.example",
        "offerte@marca.example, emergenze@marca.example, smarriti@marca.example, resi@marca.example",
        "Follow @brand@mastodon.example or @brand on Bluesky.",
        "Free advice: +44 800 123456, 0800 1234567, or 112 in an emergency.",
        "10.12.2026, 18:00-21:00, room 4.12, 1,250.50 EUR, 12 500 litres",
        "ISBN 978-3-16-148410-0, order 4539 1488 0343 6468, version 10.15.7.2026",
        "https://brand.example/articles/4155552671/how?lang=en&page=12345678901",
        f"https://brand.example/files/{'5f4d' * 16}.zip?sum={'5f4d' * 16}",
        "https://brand.example/the-autumn-collection-in-pictures-and-words_2026",
        "https://brand.example/customer/stories and https://brand.example/unsubscribe",
        "https://[brand.example/broken and https://brand.example/?u=summer",
        "Lindenstraße 12, 50667 Köln, open daily 9-18",
        "2026-12-01T10:00:00+01:00 to 2027-01-31",
        "The painter was born on 3 March 1991.",
    ],
)
def test_numbers_and_names_of_things_are_not_personal_data(rule, text):
    assert not found(rule, text)


@pytest.mark.parametrize("address", ["theodor.storm@brand.example", "resi.huber@brand.example"])
def test_the_name_of_a_role_beside_another_name_is_a_persons(rule, address):
    assert [finding.quote for finding in found(rule, f"Write to {address}.")] == [address]


def test_a_code_that_follows_a_click_is_only_noted(rule):
    (finding,) = found(rule, "See https://brand.example/map?utm_source=x&fbclid=IwAR0abc.")
    assert (finding.severity, finding.quote) == (Severity.NOTE, "fbclid=IwAR0abc")  # the stop is the sentence's


def test_a_landline_is_only_noted_for_it_may_be_a_firms(rule):
    (finding,) = found(rule, "Call the library on +44 20 7946 0958.")
    assert (finding.severity, finding.quote) == (Severity.NOTE, "+44 20 7946 0958")


def test_an_account_number_is_blocked_and_a_mailbox_reviewed(rule):
    mail, iban = found(rule, "jo@mail.example, DE89 3704 0044 0532 0130 00")
    assert (mail.severity, iban.severity) == (Severity.REVIEW, Severity.BLOCK)


@given(st.text(max_size=300))
def test_any_text_gets_findings_that_quote_it(rule, text):
    for finding in found(rule, text):
        assert finding.quote == text[finding.start : finding.end] != ""


def test_a_long_hostile_text_is_read_in_time(rule):
    assert found(rule, "a." * 20_000 + "@" + "b-" * 20_000) == []


@given(
    st.text(alphabet="0123456789+ -()/.x\n０４a", min_size=5, max_size=40),
    st.sampled_from([("US", "GB", "IE", "AU"), ("DE", "AT", "CH"), ("ES", "MX", "AR"), ("FR", "BE"), ("IT",)]),
)
def test_a_region_is_passed_over_only_where_none_of_its_numbers_is(text, regions):
    from phonenumbers import Leniency, PhoneNumberMatcher

    def numbers(region):
        return {(m.start, m.end) for m in PhoneNumberMatcher(text, region, leniency=Leniency.VALID)}

    asked = _regions(text, regions)
    read = {span for region in asked for span in numbers(region)}
    assert {span for region in (None, *regions) for span in numbers(region)} == read


def test_a_mailbox_of_one_word_weighs_no_more_than_a_cue(rule):
    assert [one.layer for one in found(rule, "Write to larkspur@brand.example.")] == ["cues"]
    assert [one.layer for one in found(rule, "Write to jo.holt@brand.example.")] == ["privacy"]
