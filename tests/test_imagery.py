"""What a picture may be asked to show: read at the gate, before a painter is, with rule, law and a way out."""

import pytest
from making import a_brief

from aboveboard import guarding
from aboveboard.admission import admit
from aboveboard.brief import ImageWishes
from aboveboard.errors import Refused
from aboveboard.rulebook import load_policy

POLICY = load_policy()
RULES = [rule for rule in POLICY.rules if rule.guard == "imagery"]


def asking(wishes: str, **more):
    return a_brief().model_copy(update={"images": ImageWishes.model_validate({"wishes": wishes, **more})})


@pytest.mark.parametrize(
    ("wishes", "rule", "law"),
    [
        ("A naked man beside a kettle", "unsafe-image", "Audiovisual Media Services"),
        ("A bloody knife beside a kettle", "unsafe-image", "Audiovisual Media Services"),
    ],
)
def test_a_wish_that_no_picture_may_grant_is_refused_with_rule_law_and_fix(wishes, rule, law):
    with pytest.raises(Refused) as refused:
        admit(asking(wishes), POLICY)
    [problem] = refused.value.problems
    assert problem.startswith("images.wishes: ") and rule in problem and law in problem
    assert POLICY.rule(rule).fix in problem


@pytest.mark.parametrize(
    "wishes", ["A countdown clock", "A celebrity holding the kettle", "Photorealistic woman with a kettle"]
)
def test_what_a_person_may_still_judge_is_let_in_and_judged_slot_by_slot(wishes):
    brief = asking(wishes)
    assert admit(brief, POLICY) is brief  # tests/test_picturing.py says what becomes of it


def test_the_label_excuses_nothing_unfit():
    with pytest.raises(Refused, match="unsafe-image"):
        admit(asking("A naked man", label="visible"), POLICY)


def test_what_must_not_be_in_a_picture_may_be_named():
    brief = asking("Morning light on steel", avoid=["countdown clocks", "celebrities", "naked people"])
    assert admit(brief, POLICY) is brief


def test_captions_are_not_judged_by_what_pictures_may_show():
    assert not POLICY.required & {rule.id for rule in RULES}


def test_a_guard_that_breaks_refuses(monkeypatch):
    def breaks(rule, copy):
        raise RuntimeError("no eyes")

    monkeypatch.setattr(guarding, "guard_named", lambda name: breaks)
    with pytest.raises(Refused, match="images.wishes"):
        admit(asking("Morning light"), POLICY)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_has_examples_to_flag_and_to_pass_in_five_languages(rule):
    for examples in (rule.must_flag, rule.must_pass):
        assert {getattr(one, "lang", "en") for one in examples} == {"en", "de", "es", "fr", "it"}
