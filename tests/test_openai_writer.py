import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from writing_parts import CHANNEL, Shelf, a_commission, a_slot, fake_openai, settings_for

from aboveboard.errors import ModelError
from aboveboard.finding import Finding, Severity
from aboveboard.models.kept import keeping
from aboveboard.models.openai import open_writer
from aboveboard.models.reply import findings_of, understood

GOOD = {
    "caption": "Each kettle is made from one sheet of copper.",
    "headline": "One sheet of copper",
    "hashtags": ["#Kettle Week", "KettleWeek", "#kettleweek", "Copper"],
    "alt_text": "A card that says: One sheet of copper.",
    "facts": ["copper"],
}


def worth_of(**changes):
    return understood(json.dumps(GOOD | changes), a_commission(), CHANNEL)


def written(told, count=1, transport=None, commission=None, **settings):
    with fake_openai(**told) as (address, fake):
        writer = open_writer("fake-writer", settings_for(address, **settings), None, transport)
        results = [writer.write(commission or a_commission()) for _ in range(count)]
        writer.close()
        return results, fake


def test_a_caption_comes_from_the_facts_with_what_it_cost():
    ([one], fake) = written({}, price_input=1.0, price_output=2.0)
    assert "one sheet of copper" in one.caption.text and "copper" in one.caption.facts
    (usage,) = one.usage
    assert usage.money == pytest.approx((usage.input_tokens + 2 * usage.output_tokens) / 1e6)
    assert (one.findings, fake.seen, usage.kept) == ((), 1, False)


def test_what_was_asked_before_is_kept_and_costs_the_same_on_paper():
    first, second = written({}, count=2, transport=keeping(Shelf()))[0]
    assert second.caption == first.caption
    assert second.usage == (first.usage[0].model_copy(update={"kept": True}),)


def test_refusals_for_the_rate_are_tried_again_until_they_end():
    ([one], fake) = written({"fail_first": 2})
    assert one.caption and one.findings == () and fake.seen == 3 and len(one.usage) == 1


def test_an_answer_that_is_not_json_is_repaired_once():
    ([one], fake) = written({"garble_first": 1}, transport=keeping(Shelf()))
    assert one.caption and one.findings == () and fake.seen == 2
    assert len({usage.call for usage in one.usage}) == 2


def test_a_second_answer_that_is_not_json_is_flagged_and_nothing_is_raised():
    ([one], fake) = written({"garble_first": 9})
    assert one.caption is None and fake.seen == 2
    assert [(f.rule, f.severity) for f in one.findings] == [("model-output", Severity.REVIEW)]


def test_critique_reaches_the_model_and_changes_the_wording():
    finding = Finding(
        rule="fomo", severity=Severity.REVIEW, start=0, end=0, quote="", message="It presses.", fix="Drop it."
    )
    before = written({})[0][0].caption.text
    after = written({}, commission=a_commission(critique=(finding,), previous=before))[0][0].caption.text
    assert after.startswith("Each kettle is made from one sheet of copper.")


def test_sixteen_threads_share_one_writer():
    with fake_openai(latency=0.05) as (address, fake):
        writer = open_writer("fake-writer", settings_for(address))
        with ThreadPoolExecutor(16) as pool:
            texts = [one.caption.text for one in pool.map(writer.write, map(a_commission, range(16)))]
        writer.close()
    assert fake.seen == 16 and all(texts)


class Wire(httpx.BaseTransport):
    """Answers every request with the same completion, or what else an endpoint may send."""

    def __init__(self, message=None, finish="stop", status=200, body=None):
        message = {"role": "assistant", "content": json.dumps(GOOD), "refusal": None} | (message or {})
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
        whole = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
        self.status, self.body = status, json.dumps(whole | {"usage": usage}) if body is None else body

    def handle_request(self, request):
        return httpx.Response(self.status, text=self.body, headers={"content-type": "application/json"})


FILTERED = {"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": "content_filter"}}


@pytest.mark.parametrize(
    ("wire", "complaint", "tokens"),
    [
        (Wire(finish="length"), "cut off", 7),
        (Wire(finish="content_filter"), "content filter", 0),
        (Wire({"content": None, "refusal": "I can't help."}), "refused: I can't help", 7),
        (Wire({"content": None}), "JSON", 7),
        (Wire({"content": ""}), "JSON", 7),
        (Wire(status=400, body=json.dumps(FILTERED)), "content filter", 0),
        (Wire(body="{"), "chat completion", 0),
        (Wire(body='{"choices": []}'), "chat completion", 0),
        (Wire(body='{"choices": null}'), "chat completion", 0),
        (Wire(body='"<html>"'), "chat completion", 0),
    ],
)
def test_whatever_an_endpoint_sends_is_flagged_and_never_crashed_on(wire, complaint, tokens):
    writer = open_writer("m", settings_for("http://127.0.0.1:9/v1"), None, lambda inner: wire)
    result = writer.write(a_commission())
    assert result.caption is None and complaint in result.findings[0].message
    assert [usage.input_tokens for usage in result.usage] == [tokens, tokens]


@pytest.mark.parametrize(
    ("status", "says"), [(401, "OPENAI_API_KEY"), (404, "text_model"), (500, "refuses"), (429, "rate")]
)
def test_trouble_that_no_wording_mends_is_an_error_that_says_what_to_do(status, says):
    with pytest.raises(ModelError, match=says):
        written({"fail_first": 9, "fail_with": status}, max_retries=0)


def test_an_endpoint_that_is_not_there_is_named():
    writer = open_writer("fake-writer", settings_for("http://127.0.0.1:9/v1", max_retries=0))
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:9/v1 can't be reached"):
        writer.write(a_commission())


def test_an_error_of_our_own_table_is_shown_as_it_is():
    class Broken(httpx.BaseTransport):
        def handle_request(self, request):
            raise ModelError("The courier didn't start.")

    with pytest.raises(ModelError, match="courier"):
        written({}, transport=lambda inner: Broken(), max_retries=0)


@pytest.mark.parametrize(
    ("model", "address"), [("", "http://127.0.0.1:1/v1"), ("gpt", "https://api.example.com/v1"), ("gpt", None)]
)
def test_a_writer_without_a_model_or_a_key_is_refused_before_any_call(model, address):
    with pytest.raises(ModelError):
        open_writer(model, settings_for(address))


def test_good_answers_are_tidied_and_have_no_findings():
    worth = worth_of()
    assert worth.faults == () and findings_of(worth) == ()
    assert worth.caption.hashtags == ("KettleWeek", "Copper")[: a_commission().budget.hashtags]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"caption": " "}, "empty"),
        ({"caption": "word " * 400}, "at most"),
        ({"caption": "See https://evil.example/x now."}, "web address"),
        ({"caption": "See shop.evil-kettles.com now."}, "web address"),
        ({"caption": "Copper. #Copper"}, "hashtag"),
        ({"caption": "Cop\u202eper\x07"}, "control"),
        ({"headline": ""}, "headline"),
        ({"headline": "word " * 40}, "headline"),
        ({"alt_text": "word " * 900}, "alt text"),
        ({"facts": "copper"}, "facts"),
        ({"approved": True}, "approved"),
    ],
)
def test_a_fault_in_an_answer_is_told_in_words(changes, complaint):
    (fault, *_) = worth_of(**changes).faults
    assert complaint in fault


def test_hidden_characters_never_reach_the_caption():
    assert worth_of(caption="Cop\u202eper\x07 kettle").caption.text == "Copper kettle"


def test_a_fact_that_does_not_exist_is_a_finding_and_not_a_fact():
    worth = worth_of(facts=["copper", "award-2026"])
    (finding,) = findings_of(worth)
    assert (finding.rule, finding.severity, finding.evidence[0].fact) == ("unknown-fact", "review", "award-2026")
    assert worth.caption.facts == ("copper",)


def test_an_answer_in_a_fence_is_read_all_the_same():
    assert understood(f"```json\n{json.dumps(GOOD)}\n```", a_commission(), CHANNEL).caption


def test_the_brands_own_address_like_name_is_no_fault():
    from writing_parts import a_brief

    brand = a_brief().brand.model_copy(update={"name": "Kettles.com"})
    brief = a_brief().model_copy(update={"brand": brand})
    worth = understood(
        json.dumps(GOOD | {"caption": "Kettles.com is a workshop."}), a_commission(brief=brief), CHANNEL
    )
    assert worth.faults == ()


@given(st.text())
def test_no_answer_whatever_raises(answer):
    worth = understood(answer, a_commission(), CHANNEL)
    assert worth.caption is not None or worth.faults


@given(st.fixed_dictionaries({"caption": st.text(), "headline": st.text(), "hashtags": st.lists(st.text()),
                              "alt_text": st.text(), "facts": st.lists(st.text())}))  # fmt: skip
def test_a_caption_without_findings_fits_its_channel(reply):
    commission = a_commission(slot=a_slot())
    worth = understood(json.dumps(reply), commission, CHANNEL)
    assert worth.faults or len(worth.caption.text) <= commission.budget.limit
