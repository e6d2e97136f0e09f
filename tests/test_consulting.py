import json

import pytest
from judging import copy_of, policy_of, rule_of
from writing_parts import fake_openai

from aboveboard import consulting
from aboveboard.consulting import asked_about, models_said, with_critic
from aboveboard.draft import Usage
from aboveboard.finding import Evidence, Severity
from aboveboard.guarding import run_rules
from aboveboard.guards.critic import ChatCritic, Criticism
from aboveboard.models.chat import open_chat
from aboveboard.rulebook import load_policy
from aboveboard.settings import Settings

POLICY = load_policy()
READ = {rule.id for rule in POLICY.rules if rule.read_by == "critic"}
CALM = copy_of("Of course you could also leave the children's bikes unlit. Plenty of people do.")
ENDING = copy_of("Ends tonight.", {"statement": "the sale ends", "ends": "2026-12-20"})


class Notes:
    """A critic that notes what it was asked and finds `said` rules in the whole text."""

    id = "notes"

    def __init__(self, *said):
        self.asked, self.said = [], said

    def __call__(self, policy, copy, rules):
        self.asked.append(rules)
        crowd = [consulting_finding(policy, copy, rule) for rule in self.said]
        return Criticism(crowd, usage=(Usage(call=f"c{len(self.asked)}", model="m", input_tokens=7),))

    def close(self): ...


def consulting_finding(policy, copy, rule):
    from aboveboard.guarding import found

    whole = found(policy.rule(rule), copy, 0, len(copy.text), [Evidence(kind="reading", says="so")])
    return whole.model_copy(update={"layer": "critic"})


def consulted(copy, critic, policy=POLICY, spent=None):
    return with_critic(run_rules, critic, spent)(policy, copy)


def test_rules_that_need_reading_are_asked_about_in_every_text():
    critic = Notes()
    consulted(CALM, critic)
    assert READ and set(critic.asked[0]) == READ


def test_a_blocked_copy_is_not_asked_about():
    critic = Notes("guilt-trip")
    inspection = consulted(ENDING, critic)
    assert critic.asked == [] and inspection == run_rules(POLICY, ENDING)
    assert any(one.severity is Severity.BLOCK for one in inspection.findings)


def test_a_rule_for_which_a_person_will_look_anyway_is_not_asked_about():
    rules = (
        rule_of(read_by="critic", cues={"en": ["hurry"]}),
        rule_of(id="calm", read_by="critic"),
        rule_of(id="plain"),
    )
    critic = Notes()
    consulted(copy_of("Hurry."), critic, policy_of(*rules))
    assert critic.asked == [("calm",)]


@pytest.mark.parametrize("text", ["", " \n"])
def test_there_is_nothing_to_ask_about_an_empty_text(text):
    critic = Notes()
    consulted(copy_of(text), critic)
    assert critic.asked == []


def test_what_it_finds_joins_what_the_others_found_and_its_cost_is_noted():
    spent = []
    copy = copy_of("Hurry, last chance!")
    before = run_rules(POLICY, copy)
    after = consulted(copy, Notes("guilt-trip"), spent=spent)
    assert {one.rule for one in after.findings} == {one.rule for one in before.findings} | {"guilt-trip"}
    assert after.answered == before.answered and after.supports == before.supports
    assert [use.input_tokens for use in spent] == [7]


def test_without_a_critic_the_runner_is_the_one_given():
    assert with_critic(run_rules, None) is run_rules


def test_a_critic_that_cannot_be_reached_has_a_person_look():
    chat = open_chat("m", Settings(openai_base_url="http://127.0.0.1:9/v1", max_retries=0))
    inspection = consulted(CALM, ChatCritic(chat))
    assert {one.rule for one in inspection.findings if one.evidence[0].kind == "crash"} == READ


def test_its_answer_goes_through_the_wire():
    says = json.dumps(
        {"findings": [{"rule": "guilt-trip", "quote": "Plenty of people do", "reason": "It blames."}]}
    )
    with fake_openai(says=(says,)) as (address, fake):
        critic = ChatCritic(open_chat("m", Settings(openai_base_url=address)))
        [finding] = [one for one in consulted(CALM, critic).findings if one.layer == "critic"]
    assert (finding.rule, finding.severity, fake.seen) == ("guilt-trip", "review", 1)
    assert finding.evidence[0].says == "the critic, a chat model: It blames."


def test_what_the_models_had_to_do_with_it_is_said_and_so_is_their_absence():
    inspection = run_rules(POLICY, CALM)
    classifier, critic = models_said(POLICY, CALM, inspection, None)
    assert "names no local classifier" in classifier
    assert critic.startswith("No critic is set (critic_model)") and "guilt-trip" in critic
    assert "was asked about" in models_said(POLICY, CALM, inspection, Notes())[1]
    assert "nothing to ask" in models_said(POLICY, ENDING, run_rules(POLICY, ENDING), Notes())[1]


# With the weights that ship


OURS = POLICY.model_copy(update={"classifier": consulting.classifier.weights()})


@pytest.fixture
def doubting(monkeypatch):
    """Have the classifier doubt whatever it reads: a card whose band is all there is."""
    card = consulting.classifier.the_card().model_copy(update={"doubts_from": 0.0, "flags_from": 1.1})
    monkeypatch.setattr(consulting.classifier, "the_card", lambda: card)
    return card


@pytest.fixture
def certain(monkeypatch):
    card = consulting.classifier.the_card().model_copy(update={"doubts_from": 1.0, "flags_from": 1.1})
    monkeypatch.setattr(consulting.classifier, "the_card", lambda: card)


def test_between_flagging_and_innocence_the_likeliest_patterns_are_asked_about_too(doubting):
    copy = copy_of("The museum opens at ten.")
    told = consulting.classifier.readings(copy, run_rules(OURS, copy)).codes
    open_codes = [one for one in told if one.code not in doubting.certain]
    likeliest = {one.code for one in sorted(open_codes, key=lambda one: -one.probability)[:3]}
    assert set(consulting.doubted(OURS, copy)) == likeliest
    assert set(asked_about(OURS, copy, run_rules(OURS, copy))) == READ | likeliest


def test_outside_the_band_only_what_needs_reading_is_asked_about(certain):
    copy = copy_of("The museum opens at ten.")
    assert set(asked_about(OURS, copy, run_rules(OURS, copy))) == READ


def test_a_classifier_that_breaks_off_leaves_nothing_in_doubt(monkeypatch):
    def breaks(*_):
        raise RuntimeError("no weights")

    monkeypatch.setattr(consulting.classifier, "readings", breaks)
    assert consulting.doubted(OURS, CALM) == ()
    assert "a person must look" in models_said(OURS, CALM, run_rules(OURS, CALM), None)[0]
