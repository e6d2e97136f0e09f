import json

import pytest
from judging import copy_of
from writing_parts import Shelf, fake_openai, settings_for

from aboveboard.guarding import run_direct
from aboveboard.models.chat import open_chat
from aboveboard.models.kept import keeping
from aboveboard.rulebook import load_policy
from aboveboard.settings import Settings
from aboveboard.suggesting import open_reword, reworded, suggested

POLICY = load_policy()
COPY = copy_of("The mill is open daily from ten. Hurry, last chance!", {"statement": "The mill is open daily."})
GOOD = "From ten the mill is open, daily."


def suggestions(*says, shelf=None, **told):
    with fake_openai(says=says, **told) as (address, fake):
        chat = open_chat(
            "fake", settings_for(address, max_retries=0), None, keeping(shelf or Shelf()), "text_model"
        )
        inspection = run_direct(POLICY, COPY)
        result = suggested(COPY, inspection, POLICY, lambda copy, found: reworded(copy, found, chat))
        chat.close()
        return result, fake


def test_the_models_wordings_come_first_and_are_checked_like_any():
    told, fake = suggestions(json.dumps({"rewrites": ["Hurry, the mill is open, last chance!", GOOD]}))
    assert [one.text for one in told.rewrites] == [GOOD, "The mill is open daily from ten."] and fake.seen == 1


def test_the_prompt_quotes_what_is_wrong_and_the_facts():
    _, fake = suggestions(json.dumps({"rewrites": []}))
    system, human = (message["content"] for message in fake.bodies[0]["messages"])
    assert "The mill is open daily." in system and "false-urgency" in human and "Hurry" in human


@pytest.mark.parametrize("answer", ["Sure! Here is", "", "[]", '{"rewrites": "x"}'])
def test_an_answer_that_cannot_be_read_leaves_our_own_rewrites(answer):
    told, _ = suggestions(answer)
    assert [one.how for one in told.rewrites] == [("left out",)]


def test_a_model_that_cannot_be_reached_leaves_our_own_rewrites():
    assert suggestions("x", fail_first=9, fail_with=500)[0].rewrites


def test_the_same_copy_is_reworded_once():
    shelf, says = Shelf(), json.dumps({"rewrites": [GOOD]})
    assert suggestions(says, shelf=shelf)[1].seen == 1 and suggestions(says, shelf=shelf)[1].seen == 0


def test_a_copy_that_passes_is_never_sent_anywhere():
    asked = []
    fine = copy_of("A walk along the river.")
    suggested(fine, run_direct(POLICY, fine), POLICY, lambda copy, found: asked.append(copy) or ())
    assert asked == []


def test_a_text_model_that_is_no_chat_model_is_not_asked():
    assert open_reword(Settings()) is None
