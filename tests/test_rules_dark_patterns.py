"""What the rules on dark patterns and manipulation owe each other and their readers."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from aboveboard.brief import bare_fact
from aboveboard.finding import Copy
from aboveboard.guarding import run_rule
from aboveboard.policy import Example, Policy, Rule
from aboveboard.rulebook import load_policy

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@cache
def policy() -> Policy:
    return load_policy()


def ours() -> list[Rule]:
    return [rule for rule in policy().rules if rule.family in ("dark-patterns", "manipulation")]


def quotes(rule_id: str, text: str, language: str = "en", fact: dict[str, Any] | None = None) -> list[str]:
    rule = policy().rule(rule_id)
    assert rule is not None
    facts = (bare_fact(fact, 1),) if fact else ()
    findings, _, answered = run_rule(rule, Copy(text=text, language=language, at=NOON, facts=facts))
    assert answered
    return [finding.quote for finding in findings]


def test_all_eighteen_patterns_are_there() -> None:
    assert len(ours()) == 18


def test_a_rule_speaks_english_german_and_spanish_at_least() -> None:
    assert all({"en", "de", "es"} <= set(rule.cues) for rule in ours())


def test_a_message_quotes_the_words_it_is_about() -> None:
    assert all("{quote}" in rule.message for rule in ours())


def test_every_cited_law_is_in_the_book_and_has_an_official_address() -> None:
    assert all(policy().law(law) is not None for rule in policy().rules for law in rule.law)
    assert all(law.url.startswith("https://") for law in policy().laws)


def test_what_passes_one_rule_is_not_caught_by_its_sisters() -> None:
    passing = [example for rule in ours() for example in rule.must_pass]
    texts = [Example(text=one) if isinstance(one, str) else one for one in passing]
    for example in texts:
        copy = Copy(text=example.text, language=example.lang, at=NOON, facts=example.facts)
        caught = [(rule.id, [one.quote for one in run_rule(rule, copy)[0]]) for rule in ours()]
        assert not [(rule_id, found) for rule_id, found in caught if found], example.text


@pytest.mark.parametrize(
    ("rule", "text", "fact"),
    [
        ("false-urgency", "The sale ends tomorrow.", {"statement": "the sale", "ends": "2026-12-02"}),
        ("false-urgency", "48 hours left.", {"statement": "the sale", "ends": "2026-12-03T12:00:00+00:00"}),
        ("false-scarcity", "Only 7 left.", {"statement": "jackets", "stock": 7}),
        ("fake-social-proof", "Join 300 members.", {"statement": "300 members", "value": 300}),
    ],
)
def test_pressure_stands_with_its_fact_and_falls_without(rule: str, text: str, fact: dict[str, Any]) -> None:
    assert quotes(rule, text, fact=fact) == []
    assert quotes(rule, text) != []


@pytest.mark.parametrize("wrong", [{"ends": "2026-12-09"}, {"ends": "2026-11-02"}, {"value": 2}])
def test_a_fact_that_disagrees_excuses_nothing(wrong: dict[str, Any]) -> None:
    assert quotes("false-urgency", "The sale ends tomorrow.", fact={"statement": "the sale", **wrong}) == [
        "ends tomorrow"
    ]


def test_pressure_hides_neither_in_capitals_nor_behind_odd_letters() -> None:
    assert quotes("false-urgency", "LAST  CHANCE!") == ["LAST  CHANCE"]
    assert quotes("confirmshaming", "No thanks, I’d rather pay more.") != []
    assert quotes("false-urgency", "ｌａｓｔ chance") != []


def test_english_pressure_is_seen_in_a_german_text() -> None:
    assert quotes("false-urgency", "Last chance: Wir schließen.", "de") == ["Last chance"]
