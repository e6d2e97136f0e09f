from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import a_finding, a_judged, a_plan

from aboveboard.brief import Window
from aboveboard.draft import Judged
from aboveboard.errors import PolicyError
from aboveboard.guards.plan import in_quiet_hours, inspect_plan, inspect_posts
from aboveboard.likeness import resemblance, shape, shared_run, shingles
from aboveboard.policy import Example, Policy
from aboveboard.rulebook import load_policy

TEXTS = [
    "Two hundred stations fill your bottle.",
    "Where is the nearest tap? Look at the map.",
    "The lid can be mended.",
    "Anna keeps the list up to date.",
]
NIGHT = Window(start=time(21), end=time(8))


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy()


def posted(number: int, text: str = "", *, pressed: bool = False, outcome: str = "pass", hours: int = 0) -> Judged:
    judged = a_judged(number, outcome, text=text or TEXTS[number % len(TEXTS)])
    slot = judged.draft.slot
    draft = judged.draft.model_copy(
        update={"slot": slot.model_copy(update={"at": slot.at + timedelta(hours=hours)})}
    )
    found = (a_finding("false-scarcity"),) if pressed else judged.inspection.findings
    inspection = judged.inspection.model_copy(update={"findings": found})
    return judged.model_copy(update={"draft": draft, "inspection": inspection})


def rules_by_slot(judged: list[Judged], policy: Policy, **changes: object) -> dict[str, set[str]]:
    plan = a_plan()
    plan = plan.model_copy(update={"brief": plan.brief.model_copy(update=changes)})
    return {
        slot: {one.rule for one in found} for slot, found in inspect_plan(plan, judged, policy).items() if slot
    }


def test_a_varied_plan_by_day_has_no_findings_on_any_slot(policy):
    assert rules_by_slot([posted(number) for number in range(3)], policy) == {}


def test_pressure_beyond_the_budget_holds_back_the_later_posts(policy):
    week = [posted(number, pressed=True) for number in range(4)]
    assert rules_by_slot(week, policy) == {post.draft.slot.id: {"pressure-budget"} for post in week[2:]}


def test_a_truthful_deadline_spends_the_budget_too(policy):
    proven = [posted(number) for number in range(3)]
    support = proven[0].inspection.supports[0].model_copy(update={"rule": "false-urgency"})
    proven = [
        one.model_copy(update={"inspection": one.inspection.model_copy(update={"supports": (support,)})})
        for one in proven
    ]
    assert rules_by_slot(proven, policy) == {proven[2].draft.slot.id: {"pressure-budget"}}


def test_two_variants_of_one_slot_spend_the_budget_once(policy):
    variants = [posted(0, text, pressed=True) for text in TEXTS]
    assert rules_by_slot(variants, policy) == {}


def test_the_later_of_two_alike_is_held_back_and_quoted_from_its_post(policy):
    first, later = posted(0, TEXTS[0]), posted(2, f"{TEXTS[0]} Still.")
    plan = a_plan()
    (finding,) = inspect_plan(plan, [later, first], policy)[later.draft.slot.id]
    assert finding.quote == later.draft.post[finding.start : finding.end] == TEXTS[0].rstrip(".")
    assert first.draft.slot.id in finding.evidence[0].says


def test_a_blocked_draft_counts_for_nothing(policy):
    assert rules_by_slot([posted(0, TEXTS[0], outcome="block"), posted(2, TEXTS[0])], policy) == {}


def test_a_post_in_the_quiet_hours_is_held_back(policy):
    late = posted(0, hours=11)  # 20:00 UTC is 21:00 in Berlin
    assert rules_by_slot([late], policy) == {late.draft.slot.id: {"quiet-hours"}}


def test_a_post_on_an_expired_fact_is_blocked(policy):
    fact = a_plan().brief.facts[0].model_copy(update={"expires": datetime(2027, 3, 3, tzinfo=UTC)})
    early, late = posted(0), posted(2)
    assert rules_by_slot([early, late], policy, facts=(fact,)) == {late.draft.slot.id: {"expired-fact"}}


def test_a_language_and_a_channel_nobody_serves_are_told_of_the_whole_plan(policy):
    found = inspect_plan(a_plan(), [posted(0)], policy)[""]
    assert {one.quote for one in found if one.rule == "one-sided-audience"} == {"de", "instagram"}


def test_a_plan_without_posts_has_no_findings(policy):
    assert inspect_plan(a_plan(), [], policy) == {}


def test_a_plan_rule_of_an_unknown_name_says_which_there_are(policy):
    rule = policy.rule("repetition").model_copy(update={"id": "loudness"})
    with pytest.raises(PolicyError, match="loudness: no plan guard of that name; .*pressure-budget"):
        inspect_posts(rule, Example(), policy.thresholds)


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        ("2027-03-28T00:30:00+00:00", True),  # the night the clock goes forward: 01:30
        ("2027-03-28T05:59:00+00:00", True),  # 07:59 summer time
        ("2027-03-28T06:00:00+00:00", False),  # 08:00 summer time, 07:00 by winter's clock
        ("2027-10-31T06:30:00+00:00", True),  # 07:30, the clock has gone back
        ("2027-10-31T07:00:00+00:00", False),
        ("2027-10-31T20:00:00+00:00", True),
    ],
)
def test_quiet_hours_follow_the_wall_clock_over_daylight_saving(at, quiet):
    assert in_quiet_hours(datetime.fromisoformat(at), NIGHT, ZoneInfo("Europe/Berlin")) is quiet


@given(st.times(), st.times(), st.datetimes(timezones=st.just(UTC)))
def test_every_moment_is_quiet_in_a_window_or_in_its_reverse(start, end, at):
    if start != end:
        windows = Window(start=start, end=end), Window(start=end, end=start)
        assert sum(in_quiet_hours(at, window, ZoneInfo("UTC")) for window in windows) == 1


@given(st.text(max_size=80), st.text(max_size=80))
def test_resemblance_is_symmetric_and_whole_only_for_the_same_words(one, other):
    alike = resemblance(shingles(one), shingles(other))
    assert 0 <= alike <= 1
    assert alike == resemblance(shingles(other), shingles(one))
    assert not shingles(one) or resemblance(shingles(one), shingles(one)) == 1


def test_the_shared_run_is_quoted_from_the_later_text():
    later = "Now: THE TAP IS OPEN, always."
    start, end = shared_run("On Monday the tap is open.", later)
    assert later[start:end] == "THE TAP IS OPEN"


def test_the_shape_of_a_post_is_how_its_sentences_end():
    assert shape("Thirsty? The tap is on the corner. Cheers!") == "?.!"
