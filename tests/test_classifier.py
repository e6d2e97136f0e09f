"""The classifier with the weights that ship; each of these must hold for any weights worth shipping."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from judging import copy_of
from test_honest_copy import captions, honest_copy

from aboveboard.checking import Checked
from aboveboard.doctoring import examine
from aboveboard.encoding import Encoded
from aboveboard.explaining import explained, path
from aboveboard.finding import Severity, Support, judge
from aboveboard.guarding import READ_AGAIN, reread, run_direct, run_rules
from aboveboard.guards import classifier
from aboveboard.pages.posts import notes
from aboveboard.rulebook import load_policy
from aboveboard.sarif import sarif
from aboveboard.telling_policy import show_rule

POLICY = load_policy().model_copy(update={"classifier": classifier.weights()})
READ = {rule.id for rule in POLICY.text_rules if rule.guard in READ_AGAIN}
TEXTS = [
    "Ends tonight. Everyone else has theirs already. Don't be the one who explains why.",
    "The museum opens at ten on Saturday, and the lift works again.",
    "Deine Nachbarn haben längst. Willst du wirklich die Letzte sein?",
    "Notre atelier est ouvert le samedi, de dix heures à midi.",
    "🙂🙂🙂 l@st ch@nce!!! #HurryUp",
    "A walk.",
]


@pytest.fixture
def sure(monkeypatch):
    """Have the classifier flag whatever it reads."""
    card = classifier.the_card().model_copy(update={"flags_from": 0.0, "innocent_below": 0.0})
    monkeypatch.setattr(classifier, "the_card", lambda: card)
    return card


@pytest.fixture
def mild(monkeypatch):
    """Have the classifier take whatever it reads for innocent."""
    card = classifier.the_card().model_copy(
        update={"flags_from": 1.1, "innocent_below": 1.1, "overruled_below": 0.0}
    )
    monkeypatch.setattr(classifier, "the_card", lambda: card)
    return card


def test_the_policy_names_the_weights_that_ship():
    card = classifier.the_card()
    contents = [(classifier.FOLDER / name).read_bytes() for name in classifier.WEIGHTS]
    assert POLICY.classifier == classifier.weights() == classifier.digest_of(contents) == card.weights
    assert 0 < card.doubts_from < card.flags_from < 1 and card.innocent_below <= card.flags_from
    assert set(card.codes) <= POLICY.required and card.certain <= set(card.codes)


@pytest.mark.parametrize("text", TEXTS)
def test_probabilities_are_probabilities_and_words_stand_in_the_text(text):
    copy = copy_of(text)
    told = classifier.readings(copy, run_rules(POLICY, copy))
    assert [one.code for one in told.codes] == list(classifier.the_card().codes)
    assert all(0 <= one.probability <= 1 for one in (told, *told.codes))
    assert all(0 <= one.start < one.end <= len(text) for one in told.codes)


@pytest.mark.parametrize("text", TEXTS)
def test_what_it_flags_it_quotes_to_the_letter_and_never_blocks(sure, text):
    findings = run_direct(POLICY, copy_of(text)).findings
    assert all(one.quote and text[one.start : one.end] == one.quote for one in findings)
    told = [one for one in findings if one.evidence[-1].kind == "reading"]  # its own, or joined to a rule's
    assert told and all("a small model" in one.evidence[-1].says for one in told)
    own = [one for one in findings if one.layer == "classifier"]
    assert all(one.severity is not Severity.BLOCK and one.rule not in sure.certain for one in own)


@pytest.mark.parametrize("text", ["", " \n\t", "🙂", "🙂🎉\n🙂", "!!! …", "\u200b\u200d"])
def test_where_there_is_no_word_there_is_nothing_to_read(sure, text):
    inspection = run_direct(POLICY, copy_of(text))
    assert inspection.answered == POLICY.required
    assert all("crash" not in [e.kind for e in one.evidence] for one in inspection.findings)


def test_a_very_long_text_is_read_in_windows_to_its_end_and_in_time():
    text = "The mill grinds flour on Saturday, and the bakery opens at ten. " * 312
    began = time.process_time()
    told = classifier.readings(copy_of(text), run_rules(POLICY, copy_of(text)))
    assert len(text) > 19_900 and time.process_time() - began < 20
    assert all(0 <= one.start < one.end <= len(text) for one in told.codes)
    _, tokenizer, _ = classifier._models()
    windows = classifier.encode(tokenizer, copy_of(text), run_rules(POLICY, copy_of(text)), ())
    read = [place for window in windows for place in window.places if place[0] < place[1]]
    assert len(windows) > 20 and read == sorted(read) and read[-1][1] == len(text.rstrip())


def test_a_claim_that_a_fact_supports_is_left_alone_by_its_rule(sure):
    copy = copy_of("Ends Sunday.")
    rules = run_rules(POLICY, copy)
    told = classifier.readings(copy, rules)
    likeliest = max((one for one in told.codes if one.code not in sure.certain), key=lambda one: one.probability)
    proven = Support(rule=likeliest.code, start=0, end=len(copy.text), quote=copy.text, fact="f", says="so says f")
    supported = rules.model_copy(update={"supports": (proven,), "findings": ()})
    assert likeliest.code in {one.code for one in classifier.named(told, rules, sure=True)}
    assert likeliest.code not in {one.code for one in classifier.named(told, supported, sure=True)}


def test_a_cue_in_a_caption_that_reads_as_innocent_is_only_noted(mild):
    copy = copy_of("Hurry, last chance!")
    before, after = run_rules(POLICY, copy), run_direct(POLICY, copy)
    assert judge(before, POLICY.required).outcome == "review" and judge(after, POLICY.required).outcome == "pass"
    assert {(one.rule, one.quote) for one in before.findings} == {(one.rule, one.quote) for one in after.findings}
    told = path(after.findings[0], copy, POLICY)
    assert "reads as innocent" in told.weighs and "only noted" in after.findings[0].evidence[-1].says


def test_what_a_fact_contradicts_has_a_limit_of_its_own_and_outlasts_a_cue(mild):
    copy = copy_of("Ends tonight.", {"statement": "the sale ends", "ends": "2026-12-20"})
    assert judge(run_direct(POLICY, copy), POLICY.required).outcome == "block"


def test_decent_copy_is_stopped_by_all_layers_no_more_often_than_the_card_of_the_model_says():
    """`tests/honest/` is short and full of numbers: harder than the corpus. docs/guard-model.md gives the rate."""
    told = [run_direct(POLICY, honest_copy(caption)) for caption in captions()]
    stopped = [any(one.severity is not Severity.NOTE for one in each.findings) for each in told]
    assert sum(stopped) / len(stopped) <= 0.1


def test_an_explanation_says_that_a_model_said_so_how_likely_and_from_when(sure):
    copy = copy_of(TEXTS[1])
    inspection = run_direct(POLICY, copy)
    checked = Checked(name="x", text=copy.text, inspection=inspection, verdict=judge(inspection, POLICY.required))
    paths = [one for one in explained(checked, copy, POLICY).paths if one.finding.layer == "classifier"]
    assert paths and all("a small model" in one.layer for one in paths)
    says = paths[0].finding.evidence[0].says
    assert f"flags from {sure.flags_from:.2f}" in says and paths[0].finding.quote[:20] in says
    assert any(way.startswith("Other words") for way in paths[0].clears)


def test_a_margin_makes_it_slower_to_flag_and_quicker_to_forgive(monkeypatch):
    copy = copy_of("Hurry, last chance!")
    rules = run_rules(POLICY, copy)
    odds = classifier.readings(copy, rules).probability
    edge = classifier.the_card().model_copy(update={"flags_from": odds, "innocent_below": odds})
    monkeypatch.setattr(classifier, "the_card", lambda: edge)
    assert judge(reread(POLICY, copy, rules), POLICY.required).outcome == "review"
    assert judge(reread(POLICY, copy, rules, margin=0.05), POLICY.required).outcome == "pass"


def test_scanners_the_page_and_doctor_say_plainly_that_a_model_said_so(sure, tmp_path):
    copy = copy_of(TEXTS[1])
    inspection = run_direct(POLICY, copy)
    checked = Checked(
        name="x.md", text=copy.text, inspection=inspection, verdict=judge(inspection, POLICY.required)
    )
    result = sarif([checked], POLICY, "0")["runs"][0]["results"][0]
    assert " A small model reads the whole caption so" in result["message"]["text"]
    assert result["properties"]["layer"] == "classifier"
    [note, *_] = notes(inspection.findings, POLICY)
    assert note["by"] == "read so by a small model" and "a small model" in note["quotes"][0]["why"][0]
    [told] = [one for one in examine(tmp_path) if one.name == "classifier"]
    assert told.state == "good" and "onnxruntime" in told.says


def test_a_rule_says_from_when_on_the_classifier_flags_it(capsys):
    show_rule(POLICY.rule("guilt-trip"), POLICY)
    card, said = classifier.the_card(), capsys.readouterr().out
    assert f"{card.flags_from:.2f}" in said and f"{card.names_from:.2f}" in said and "critic_model" in said
    show_rule(POLICY.rule("missing-disclosure"), POLICY)
    assert "leaves it to its own guard" in capsys.readouterr().out


# What can go wrong


def test_a_model_that_breaks_flags_every_rule_it_reads_for_and_leaves_them_unanswered(monkeypatch):
    def breaks(*_):
        raise RuntimeError("the runtime is gone")

    monkeypatch.setattr(classifier, "scores", breaks)
    copy = copy_of(TEXTS[1])
    inspection = run_direct(POLICY, copy)
    assert {one.rule for one in inspection.findings if one.layer == "classifier"} == READ
    assert inspection.answered == POLICY.required - READ
    assert judge(inspection, POLICY.required).outcome == "review"
    assert all("the runtime is gone" in one.evidence[0].says for one in inspection.findings)


@pytest.mark.parametrize("name", classifier.WEIGHTS)
def test_weights_that_are_not_the_cards_are_refused(tmp_path, monkeypatch, name):
    for file in ("card.json", *classifier.WEIGHTS):
        (tmp_path / file).write_bytes((classifier.FOLDER / file).read_bytes())
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-1] + b"x")
    monkeypatch.setattr(classifier, "FOLDER", tmp_path)
    classifier._opened.cache_clear()
    try:
        with pytest.raises(ValueError, match="reinstall aboveboard"):
            classifier._models()
        assert judge(run_direct(POLICY, copy_of("A walk.")), POLICY.required).outcome == "review"
    finally:
        classifier._opened.cache_clear()


def test_without_weights_the_policy_names_none_and_the_rules_judge_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(classifier, "FOLDER", tmp_path)
    assert classifier.weights() is None
    alone = POLICY.model_copy(update={"classifier": None})
    copy = copy_of(TEXTS[0])
    assert run_direct(alone, copy) == run_rules(alone, copy)


# The same answer, wherever and however often


def test_the_same_text_is_read_the_same_twenty_times_over():
    for text in TEXTS:
        copy = copy_of(text)
        first = run_direct(POLICY, copy)
        assert all(run_direct(POLICY, copy) == first for _ in range(20))


def test_threads_read_as_one_does():
    copies = [copy_of(text) for text in TEXTS] * 20
    alone = [run_direct(POLICY, copy) for copy in copies[: len(TEXTS)]] * 20
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda copy: run_direct(POLICY, copy), copies)) == alone


QUIET = """
import socket, sys

def refuse(*_, **__):
    raise AssertionError("a socket was opened")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from datetime import datetime, UTC
from aboveboard.finding import Copy
from aboveboard.guarding import run_direct
from aboveboard.rulebook import load_policy
policy = load_policy()
inspection = run_direct(policy, Copy(text="Everyone has one. Do you?", at=datetime(2026, 12, 1, 12, tzinfo=UTC)))
assert inspection.answered == policy.required, inspection
assert policy.classifier and "onnxruntime" in sys.modules
print(sorted({"torch", "sklearn", "scipy", "transformers", "openai", "langchain_core"} & set(sys.modules)))
"""


def test_judging_needs_no_training_library_and_no_network():
    done = subprocess.run(
        [sys.executable, "-c", QUIET], capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def pointed(text: str, *strong: str, weaker: str = "") -> list[str]:
    """Return the words pointed at, where those of `strong` score highest, and those of `weaker` a little less."""
    words = [(match.start(), match.end()) for match in re.finditer(r"\w+|[^\w\s]", text)]
    window = Encoded([0] * len(words), [0] * len(words), words)
    scores = [4.0 if text[a:b] in strong else 3.5 if text[a:b] in weaker.split() else -4.0 for a, b in words]
    start, end, also = classifier._stretches(text, window, scores)
    return [text[a:b] for a, b in ((start, end), *also)]


def test_whole_clauses_are_pointed_at_without_their_full_stop():
    text = "Fresh bread at eight. You'd be a fool to sleep in, honestly. See you."
    assert pointed(text, "fool", "sleep", "be", "honestly") == ["You'd be a fool to sleep in, honestly"]


def test_a_place_that_weighs_nearly_as_much_is_pointed_at_too():
    text = "Everyone is in. The bread is warm. Nobody will ask you twice."
    assert pointed(text, "Everyone", "in", weaker="Nobody twice ask") == [
        "Everyone is in",
        "Nobody will ask you twice",
    ]
    assert pointed(text, "Everyone", "in") == ["Everyone is in"]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("false-urgency", "Quick, last chance before it is gone for good, and you will be the one without."),
        ("confirmshaming", "Sign up now, or say: no thanks, I hate saving money, and stay as you are."),
    ],
)
def test_a_cue_within_the_clause_that_is_pointed_at_gives_way_to_it(rule, text):
    copy = copy_of(text)
    rules = run_rules(POLICY, copy)
    (cue,) = [one for one in rules.findings if one.rule == rule]
    clause = cue.model_copy(
        update={"start": 0, "end": len(copy.text) - 1, "quote": copy.text[:-1], "evidence": ()}
    )
    (told,) = classifier._joined([cue], clause)
    plain = {one.kind for one in cue.evidence} == {"cue"}
    assert (told.quote == copy.text[:-1]) is plain and told.layer == cue.layer
    assert plain is (rule == "confirmshaming") and told.severity == cue.severity
