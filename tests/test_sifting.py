"""The fast path says what the plain path says: over decent copy, the rules' examples, cues in pieces, any text."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging import copy_of, policy_of, rule_of
from test_honest_copy import captions

from aboveboard.finding import Copy, Inspection
from aboveboard.guarding import gather, run_direct, run_rule
from aboveboard.patterns import meetings
from aboveboard.policy import Policy
from aboveboard.rulebook import load_policy
from aboveboard.sifting import Sieve, awake

WORDS = (
    "last chance only two 2 left ends tonight join 10,000 members doctors agree #lastchance #OnlyTwoLeft l4st "
    "letzte nur noch plätze endet heute última oportunidad quedan pocas unidades free then €9 a month carbon "
    "neutral best 50% off everyone you know secret they don't want tag a friend \u0441hance l.a.s.t. "
    "https://x.example/?gclid=1 +44 7400 123456 🔥 ⏰ . , ! ? \n"
).split(" ")


@cache
def policy() -> Policy:
    return load_policy()


def plainly(policy: Policy, copy: Copy) -> Inspection:
    return gather((rule, *run_rule(rule, copy)) for rule in policy.text_rules)


@pytest.mark.parametrize("caption", captions(), ids=lambda caption: caption["id"])
def test_decent_copy_is_judged_alike(caption):
    copy = copy_of(caption["text"], *caption["facts"], language=caption["lang"])
    assert run_direct(policy(), copy) == plainly(policy(), copy)


@pytest.mark.parametrize("rule", policy().text_rules, ids=lambda rule: rule.id)
def test_the_examples_of_each_rule_are_judged_alike(rule):
    for example in (*rule.must_flag, *rule.must_pass):
        parts = {"text": example} if isinstance(example, str) else {"text": example.text, "language": example.lang}
        copy = copy_of(**parts)
        assert run_direct(policy(), copy) == plainly(policy(), copy)


@settings(deadline=None)  # what is read for the first time is compiled
@given(st.lists(st.sampled_from(WORDS), max_size=24), st.sampled_from(["en", "de", "es", "fr", "it", "pl"]))
def test_words_of_cues_in_any_order_are_judged_alike(words, language):
    copy = copy_of(" ".join(words), {"statement": "the sale ends", "ends": "2026-12-06"}, language=language)
    assert run_direct(policy(), copy) == plainly(policy(), copy)


@settings(deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_judged_alike(text):
    assert run_direct(policy(), copy_of(text)) == plainly(policy(), copy_of(text))


def test_a_rule_without_its_words_sleeps_and_has_still_answered():
    rule = rule_of(cues={"en": ["last chance"]})
    assert awake((rule,), "A calm day.", "en") == frozenset()
    assert awake((rule,), "Last\u200b chance", "en") == {"hurry"}
    assert run_direct(policy_of(rule), copy_of("A calm day.")).answered == {"hurry"}


def test_a_rule_that_looks_at_more_than_its_cues_never_sleeps():
    rules = (rule_of(guard="privacy"), rule_of(id="dated", guard="substantiation", options={"dates": True}))
    assert awake(rules, "A calm day.", "en") == {"hurry", "dated"}


def test_a_filter_that_fails_lets_everything_through():
    sieve = Sieve((("last chance",), (), ("act now",)), "en", joined=False)
    sieve.filter = type("Broken", (), {"Match": lambda *_: None})()
    assert sieve.let_through("a calm day") == {0, 2}


def test_a_pattern_that_cannot_be_compiled_still_breaks_its_own_guard_only():
    rules = rule_of(cues={"en": ["(last"]}), rule_of(id="calm", cues={"en": ["calm"]})
    inspection = run_direct(policy_of(*rules), copy_of("A calm day."))
    assert {(one.rule, one.evidence[0].kind) for one in inspection.findings} == {
        ("calm", "cue"),
        ("hurry", "crash"),
    }


@given(st.lists(st.sampled_from(["last", "chance", "ends", "sunday", "2", "two", "left", "x"]), max_size=8))
def test_the_filter_lets_through_what_a_pattern_meets(words):
    unions = (("last chance",), ("ends {date}", "{quantity} (\\w+ )?left"), ("x",))
    text = " ".join(words)
    met = {place for place, union in enumerate(unions) if list(meetings(union, "en", text))}
    assert met <= Sieve(unions, "en", joined=False).let_through(text)
