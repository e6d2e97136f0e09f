import subprocess
import sys
import threading

import pytest
from judging import copy_of, policy_of, rule_of

from aboveboard import hub
from aboveboard.guarding import run_direct
from aboveboard.proofs import copy_of as copy_of_example
from aboveboard.rulebook import load_policy

PUSH = rule_of(id="push", cues={"en": ["push"]})
COUNT = rule_of(id="count", cues={"en": ["{count} sold"]}, excused_by=[{"fact": "value", "matches": "quantity"}])
POLICY = policy_of(PUSH, COUNT)


def test_the_validators_say_of_every_example_exactly_what_the_guards_say():
    policy = load_policy()
    for rule in policy.text_rules:
        for example in (*rule.must_flag[:2], *rule.must_pass[:2]):
            copy = copy_of_example(example)
            assert hub.run_validators(policy, copy) == run_direct(policy, copy)


@pytest.mark.parametrize("text", ["", " ", "null", '{"push": 1}', "{{ push }}", "<push/>\x00", "push " * 2000])
def test_odd_texts_are_judged_like_any_other(text):
    assert hub.run_validators(POLICY, copy_of(text)) == run_direct(POLICY, copy_of(text))


def test_supports_travel_too():
    copy = copy_of("40 sold", {"statement": "sold", "value": 40})
    assert hub.run_validators(POLICY, copy).supports[0].fact == "fact-1"


def test_guardrails_sees_exact_spans_and_noops():
    copy = copy_of("Oh, push\u00a0push")
    with hub._guard(POLICY) as guard:
        outcome = guard.validate(copy.text, metadata={"copy": copy})
    spans = [span for summary in outcome.validation_summaries for span in summary.error_spans]
    assert [copy.text[span.start : span.end] for span in spans] == ["push", "push"]
    assert outcome.validated_output == copy.text


def test_a_guard_that_raises_flags_and_has_not_answered():
    inspection = hub.run_validators(policy_of(PUSH), copy_of("push", timezone="Nowhere/None"))
    assert [finding.evidence[0].kind for finding in inspection.findings] == ["crash"]
    assert inspection.answered == frozenset()


def test_guardrails_itself_breaking_flags_every_rule(monkeypatch):
    def explode(*_args, **_kwargs):
        raise RuntimeError("no validation today")

    monkeypatch.setattr(hub.Guard, "validate", explode)
    inspection = hub.run_validators(POLICY, copy_of("calm"))
    assert {finding.rule for finding in inspection.findings} == {"push", "count"}
    assert inspection.answered == frozenset()


def test_threads_do_not_read_each_others_answers():
    texts = ["push", "calm", "push push", "40 sold"]
    heard: dict[int, object] = {}

    def run(number: int) -> None:
        heard[number] = [hub.run_validators(POLICY, copy_of(texts[(number + turn) % 4])) for turn in range(8)]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {text: run_direct(POLICY, copy_of(text)) for text in texts}
    assert all(heard[n] == [expected[texts[(n + turn) % 4]] for turn in range(8)] for n in range(4))


def test_telemetry_is_off_and_the_import_spares_the_iri_grammar(tmp_path):
    code = (
        "import sys; from aboveboard import hub; from guardrails import Guard, settings; Guard();"
        "assert settings.rc.enable_metrics is False;"
        "assert 'rfc3987_syntax' not in sys.modules; import rfc3987_syntax"
    )
    environment = {"HOME": str(tmp_path), "PATH": ""}
    assert subprocess.run([sys.executable, "-c", code], env=environment, timeout=60, check=False).returncode == 0
