import re
from pathlib import Path

import pytest

from aboveboard import proofs
from aboveboard.errors import PolicyError
from aboveboard.rulebook import load_policy
from aboveboard.shelves import shipped

RULE = """\
id: nudge
title: A nudge
family: manipulation
severity: review
definition: Pushes.
law: [ucpd-6]
cues:
  en: ['push me']
message: "'{quote}' pushes."
fix: Drop it.
must_flag: ["Push me.", "Push me now.", "Do push me.", "Push me!"]
must_pass: ["Pull me.", "Pushing.", "A gentle nudge.", "Push them."]
"""
PATH = "guardrails/rules/manipulation/nudge.yaml"


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def write(workspace: Path, text: str, path: str = PATH) -> None:
    file = workspace / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def problems(workspace: Path) -> str:
    with pytest.raises(PolicyError) as caught:
        load_policy(workspace)
    return "\n".join(caught.value.problems)


def test_the_shipped_policy_loads_and_every_example_behaves(workspace):
    policy = load_policy(prove=True)
    assert len(policy.rules) >= 34
    assert proofs.trial(policy) == []


def test_every_law_cited_is_known(workspace):
    policy = load_policy()
    assert all(policy.law(law) for rule in policy.rules for law in rule.law)


def test_a_workspace_adds_its_own_rule(workspace):
    write(workspace, RULE)
    policy = load_policy(workspace)
    assert policy.rule("nudge").title == "A nudge"
    assert policy.rule("false-urgency")


def test_a_workspace_rule_replaces_its_twin(workspace):
    write(workspace, RULE.replace("nudge", "guilt-trip", 1), "guardrails/rules/manipulation/guilt-trip.yaml")
    rules = [rule for rule in load_policy(workspace).rules if rule.id == "guilt-trip"]
    assert [rule.title for rule in rules] == ["A nudge"]


def test_a_changed_word_moves_the_digest(workspace):
    before = load_policy(workspace).digest
    write(workspace, RULE)
    assert load_policy(workspace).digest != before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("id: nudge", "id: shove"), r"nudge.yaml:1: id is 'shove'.*nudge"),
        (("family: manipulation", "family: fairness"), r"nudge.yaml:3: family is 'fairness'.*manipulation/"),
        (("cues:", "cue:"), r"nudge.yaml:7: unknown key 'cue' \(did you mean 'cues'\?\)"),
        (("[ucpd-6]", "[]"), r"nudge.yaml:6: law"),
        (("ucpd-6", "ucpd-66"), r"nudge: law 'ucpd-66' isn't in law.yaml \(did you mean 'ucpd-6'\?\)"),
        ((', "Push me!"', ""), r"nudge.yaml:11: must_flag has 3 examples"),
        ((', "Push them."', ""), r"nudge.yaml:12: must_pass has 3 examples"),
        (("push me'", "push (me'"), r"nudge: cues.en: 'push \(me'"),
        (("push me'", "push {who}'"), r"unknown placeholder \{who\}"),
        (("push me'", r"(push) me\1'"), r"nudge: cues.en"),
        (("Push them.", "Push me not."), r"nudge: must_pass 4 is flagged"),
        (("Push me!", "Shove me!"), r"nudge: must_flag 4 isn't flagged: 'Shove me!'"),
        (("title: A nudge", "title: [a"), r"nudge.yaml:\d+: not YAML"),
        (("severity: review", "severity: grave"), r"nudge.yaml:4: severity"),
    ],
)
def test_a_rule_that_is_wrong_is_refused_with_place_and_fix(workspace, change, told):
    write(workspace, RULE.replace(*change))
    assert re.search(told, problems(workspace))


def test_all_mistakes_are_told_at_once(workspace):
    write(
        workspace, RULE.replace("id: nudge", "id: shove").replace("ucpd-6", "ucpd-66").replace(', "Push me!"', "")
    )
    write(workspace, RULE.replace("cues:", "cue:"), "guardrails/rules/manipulation/other.yaml")
    told = problems(workspace)
    assert all(part in told for part in ("'shove'", "'ucpd-66'", "3 examples", "'cue'"))


def test_a_threshold_needs_its_reason(workspace):
    text = (shipped("guardrails") / "policy.yaml").read_text(encoding="utf-8")
    write(workspace, re.sub(r"  reason: >-\n.*\n.*\n(?=alike)", "", text), "guardrails/policy.yaml")
    assert "pressure_per_week needs `value` and `reason`" in problems(workspace)


def test_an_unknown_threshold_is_refused(workspace):
    text = (shipped("guardrails") / "policy.yaml").read_text(encoding="utf-8")
    write(workspace, text.replace("alike:", "alikke:"), "guardrails/policy.yaml")
    assert "unknown key 'alikke' (did you mean 'alike'?)" in problems(workspace)


def test_a_policy_with_a_stamp_is_not_proven_again_unless_asked(workspace):
    write(workspace, RULE)
    good = load_policy(workspace)
    false = good.rule("nudge").model_copy(update={"must_flag": ("Pull.",) * 4})
    proofs.stamp(good.model_copy(update={"rules": tuple(false if r.id == "nudge" else r for r in good.rules)}))
    write(workspace, re.sub("must_flag: .*", 'must_flag: ["Pull.", "Pull.", "Pull.", "Pull."]', RULE))
    assert load_policy(workspace).rule("nudge") == false
    with pytest.raises(PolicyError, match="isn't flagged"):
        load_policy(workspace, prove=True)


def test_a_cache_that_cannot_be_written_only_costs_time(workspace, monkeypatch):
    (workspace / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(workspace / "file"))
    assert load_policy().rules


def test_no_python_lives_among_the_guardrails():
    assert not list(shipped("guardrails").rglob("*.py"))
