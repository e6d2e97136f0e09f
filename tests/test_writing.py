import json
import re

import pytest
from writing_parts import CHANNEL, a_brief, a_commission, a_slot, settings_for

from aboveboard.commission import Written
from aboveboard.draft import Caption, Usage
from aboveboard.errors import ModelError
from aboveboard.models.scripted import open_writer
from aboveboard.prompts import render
from aboveboard.writing import assignment_values, commission, drafted, voice_values


def test_the_focus_leads_and_facts_that_are_over_stay_out():
    facts = commission(a_brief(), a_slot(focus="repairs", at="2027-05-20T10:00:00+02:00"), "a", CHANNEL).facts
    assert [fact.id for fact in facts] == ["repairs", "copper"]


def test_a_fact_holds_to_the_last_second_of_its_day_in_the_briefs_timezone():
    ids = lambda at: {f.id for f in commission(a_brief(), a_slot(at=at), "a", CHANNEL).facts}  # noqa: E731
    assert "open-days" in ids("2027-05-08T23:59:59+02:00")
    assert "open-days" not in ids("2027-05-09T00:00:00+02:00")


def test_a_draft_holds_the_exact_post_and_the_calls_behind_it():
    order = a_commission()
    usage = (Usage(call="one", model="m"), Usage(call="two", model="m"), Usage(call="one", model="m"))
    written = Written(caption=Caption(text="One sheet of copper.", headline="Copper"), usage=usage, prompt="p")
    draft = drafted(written, order, CHANNEL, "openai:m", "policy")
    assert draft.post.startswith("One sheet of copper.") and "https://example.com/kettles" in draft.post
    assert draft.provenance.calls == ("one", "two")


def test_nothing_written_is_a_draft_with_no_post():
    assert drafted(Written(caption=None, prompt="p"), a_commission(), CHANNEL, "w", "p").post == ""


def test_the_caption_prompt_holds_every_usable_fact_and_the_room_there_is():
    order = a_commission()
    prompt = render("caption", **assignment_values(order))
    told = [json.loads(fact)["id"] for fact in re.findall("<fact>(.*)</fact>", prompt)]
    assert told == [fact.id for fact in order.facts]
    assert f"<limit>{order.budget.limit}</limit>" in prompt and "Monday 3 May 2027" in prompt


def test_the_prompts_read_as_they_did(snapshot):
    order = a_commission()
    assert render("system", **voice_values(order.brief)) == snapshot(name="system")
    assert render("caption", **assignment_values(order)) == snapshot(name="caption")


def test_no_two_places_get_the_same_prompt():
    prompts = {
        render("caption", **assignment_values(a_commission(place, variant=v))) for place in range(9) for v in "ab"
    }
    assert len(prompts) == 18


def test_a_fact_said_only_in_another_language_is_given_for_translation():
    slot = a_slot(language="de")
    values = assignment_values(commission(a_brief(), slot, "a", CHANNEL))
    assert (values["title"], values["language_name"]) == ("Kesselwoche", "German")
    assert values["facts"][0]["statement"].startswith("Each kettle")


def test_the_system_prompt_shows_the_brands_voice_and_no_secret_of_the_brief():
    prompt = render("system", **voice_values(a_brief()))
    assert '<sounds-like>"We solder by hand."</sounds-like>' in prompt and '["iconic"]' in prompt


def test_a_script_is_said_by_place_and_goes_on_after_critique(tmp_path):
    lines = [{"says": [{"text": "A", "headline": "h"}, {"text": "A2", "headline": "h"}]}, {"says": []}]
    (tmp_path / "script.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    writer = open_writer("script.jsonl", settings_for("http://127.0.0.1:1"), tmp_path)
    assert writer.write(a_commission()).caption.text == "A"
    assert writer.write(a_commission(previous="A")).caption.text == "A2"
    assert [f.rule for f in writer.write(a_commission(place=1)).findings] == ["model-output"]


@pytest.mark.parametrize("script", [None, "nonsense", '{"say": []}'])
def test_a_script_that_is_none_is_named_with_its_line(tmp_path, script):
    if script:
        (tmp_path / "s.jsonl").write_text(script, encoding="utf-8")
    with pytest.raises(ModelError, match=r"s\.jsonl"):
        open_writer("s.jsonl", settings_for("http://127.0.0.1:1"), tmp_path)
