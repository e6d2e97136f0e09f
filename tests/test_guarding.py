import pytest
from judging import copy_of, policy_of, rule_of

from aboveboard import guarding
from aboveboard.finding import Evidence, Severity, judge
from aboveboard.guarding import found, gather, inspect_draft, merged, run_direct

PUSH = rule_of(id="push", cues={"en": ["push"]})
COUNT = rule_of(id="count", cues={"en": ["{count} sold"]}, excused_by=[{"fact": "value", "matches": "quantity"}])


def unsupported(says: str = "no fact") -> list[Evidence]:
    return [Evidence(kind="unsupported", says=says)]


def test_every_text_rule_answers():
    inspection = run_direct(policy_of(PUSH, COUNT), copy_of("Push. 40 sold.", {"statement": "sold", "value": 40}))
    assert [finding.rule for finding in inspection.findings] == ["push"]
    assert [support.rule for support in inspection.supports] == ["count"]
    assert inspection.answered == {"push", "count"}


def test_plan_rules_are_not_asked_about_one_text():
    plan = rule_of(id="budget", family="plan", guard="plan")
    assert run_direct(policy_of(PUSH, plan), copy_of("calm")).answered == {"push"}


def test_a_guard_that_raises_flags_the_whole_text_and_has_not_answered():
    inspection = run_direct(policy_of(PUSH), copy_of("Push on.", timezone="Nowhere/None"))
    (finding,) = inspection.findings
    assert (finding.quote, finding.severity, finding.evidence[0].kind) == ("Push on.", Severity.REVIEW, "crash")
    assert inspection.answered == frozenset()
    assert judge(inspection, frozenset({"push"})).outcome == "review"


def test_findings_at_one_place_become_one_with_all_evidence():
    copy = copy_of("push it")
    light = found(PUSH, copy, 0, 4, unsupported("a"))
    heavy = found(PUSH, copy, 0, 4, [Evidence(kind="contradicted", says="b")])
    (one,) = merged([light, heavy, light])
    assert one.severity is Severity.BLOCK
    assert [evidence.says for evidence in one.evidence] == ["a", "b"]


def test_findings_come_in_order_of_place():
    copy = copy_of("push and push")
    findings = merged([found(PUSH, copy, 9, 13, unsupported()), found(PUSH, copy, 0, 4, unsupported())])
    assert [finding.start for finding in findings] == [0, 9]


def test_a_support_clears_only_unsupported_findings_of_its_own_rule_that_it_overlaps():
    copy = copy_of("push 40 sold push", {"statement": "sold", "value": 40})
    supports = run_direct(policy_of(COUNT), copy).supports
    same = found(COUNT, copy, 8, 12, unsupported())
    other = found(PUSH, copy, 8, 12, unsupported())
    denied = found(COUNT, copy, 8, 12, [Evidence(kind="contradicted", says="no")])
    apart = found(COUNT, copy, 13, 17, unsupported())
    told = gather([(COUNT, [same, denied, apart], list(supports), True), (PUSH, [other], [], True)])
    assert {(one.rule, one.start, one.evidence[0].kind) for one in told.findings} == {
        ("push", 8, "unsupported"),
        ("count", 8, "contradicted"),
        ("count", 13, "unsupported"),
    }


def test_the_quote_is_put_into_the_message_as_data():
    finding = found(PUSH, copy_of("{fix} {0}"), 0, 9, unsupported())
    assert finding.message == "'{fix} {0}' presses."
    assert finding.fix == "Drop '{fix} {0}'."


def test_a_draft_is_judged_with_its_alt_text_and_the_words_on_its_picture(draft, brief):
    texts = {copy.asset: copy.text for copy in guarding.copies(draft, brief)}
    assert texts == {"caption": draft.post, "alt_text": "push a bottle", "image_text": "Line one\npush two"}
    inspection = inspect_draft(draft, brief, policy_of(PUSH), run_direct)
    assert [(one.asset, one.quote) for one in inspection.findings] == [
        ("alt_text", "push"),
        ("image_text", "push"),
    ]


def test_a_draft_is_judged_at_its_slots_time_with_all_facts_of_the_brief(draft, brief):
    (caption, *_) = guarding.copies(draft, brief)
    assert (caption.at, caption.facts, caption.timezone) == (draft.slot.at, brief.facts, "Europe/Berlin")


@pytest.fixture
def brief():
    from aboveboard.brief import Brief

    voice = {"summary": "calm"}
    palette = {"ink": "#000000", "paper": "#ffffff", "accent": "#ff0000", "support": "#00ff00"}
    return Brief.model_validate(
        {
            "campaign": "calm",
            "title": "Calm",
            "brand": {"name": "Calm", "voice": voice, "palette": palette},
            "goal": "awareness",
            "audience": {"describe": "all", "basis": "contextual"},
            "languages": ["en"],
            "facts": [{"id": "old", "statement": "it was so", "source": "us", "expires": "2020-01-01"}],
            "action": {"label": "the map", "link": "https://calm.example/"},
            "schedule": {
                "starts": "2026-12-01",
                "ends": "2026-12-31",
                "timezone": "Europe/Berlin",
                "channels": {"instagram": {"per_week": 1}},
            },
            "variants": 1,
            "disclosure": {"responsible": "editor"},
        }
    )


@pytest.fixture
def draft():
    from judging import NOON

    from aboveboard.draft import Caption, Draft, Picture, Provenance
    from aboveboard.plan import Slot

    picture = Picture(
        digest="0" * 64,
        media_type="image/png",
        width=10,
        height=10,
        alt_text="push a bottle",
        words=("Line one", "push two"),
        provider="card:plain",
        generated=False,
        seed=1,
        contrast=7.0,
    )
    return Draft(
        slot=Slot(id="s", channel="instagram", at=NOON, language="en", focus="old", number=0, image=True),
        variant="a",
        caption=Caption(text="calm", headline="calm"),
        post="calm",
        picture=picture,
        provenance=Provenance(writer="w", prompt="p", policy="q"),
    )
