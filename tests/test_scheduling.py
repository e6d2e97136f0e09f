from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.brief import Brief, Cadence, Fact, ImageWishes, Schedule, Window
from aboveboard.cadence import DAYS, times_of_posting
from aboveboard.channel import load_channels
from aboveboard.errors import PlanError
from aboveboard.plan import EditorialPlan, Slot
from aboveboard.reading import read_brief
from aboveboard.scheduling import schedule_slots

BRIEFS = Path(__file__).parent.parent / "briefs"
CHANNELS = load_channels()
SPRING = read_brief(BRIEFS / "spring-refill.yaml")
READING = read_brief(BRIEFS / "reading-week.yaml")


def schedule(cadence: Cadence, **given_: object) -> Schedule:
    plain = {"starts": date(2027, 3, 1), "ends": date(2027, 3, 21), "timezone": "Europe/Berlin"}
    return Schedule(**{**plain, "channels": {"mastodon": cadence}, **given_})


def plan(asked: Brief, **given_: object) -> EditorialPlan:
    return schedule_slots(asked.model_copy(update=given_), CHANNELS, "plan")


def window(start: str, end: str) -> Window:
    return Window(start=time.fromisoformat(start), end=time.fromisoformat(end))


def refusal(wanted: Schedule) -> str:
    with pytest.raises(PlanError) as refused:
        times_of_posting(wanted, "mastodon", "seed")
    return str(refused.value)


def test_a_plan_goes_by_time_and_its_ids_say_when_where_and_in_which_language() -> None:
    slots = plan(READING).slots
    assert [slot.number for slot in slots] == list(range(18))
    assert [slot.at for slot in slots] == sorted(slot.at for slot in slots)
    assert all(slot.id == f"{slot.at.date()}-{slot.channel}-{slot.language}" for slot in slots)


def test_the_same_brief_gives_the_same_plan_and_another_campaign_other_minutes() -> None:
    assert plan(SPRING) == plan(SPRING)
    other = plan(SPRING, campaign="autumn-refill")
    assert [slot.at for slot in other.slots] != [slot.at for slot in plan(SPRING).slots]


def test_each_week_has_its_posts_and_a_short_last_week_its_share() -> None:
    wanted = schedule(Cadence(per_week=4, minimum_gap_hours=4), ends=date(2027, 3, 18))
    weeks = Counter((at.date() - wanted.starts).days // 7 for at in times_of_posting(wanted, "mastodon", "seed"))
    assert weeks == {0: 4, 1: 4, 2: 2}


def test_a_campaign_of_one_day_has_one_post() -> None:
    wanted = schedule(Cadence(per_week=1), ends=date(2027, 3, 1))
    assert [at.date() for at in times_of_posting(wanted, "mastodon", "seed")] == [date(2027, 3, 1)]


def test_posts_spread_over_the_days_and_not_all_at_the_same_minute() -> None:
    times = times_of_posting(schedule(Cadence(per_week=3)), "mastodon", "seed")
    assert {second.date() - first.date() for first, second in pairwise(times)} <= {timedelta(2), timedelta(3)}
    assert len({at.time() for at in times}) > 5
    assert all(at.minute % 5 == 0 for at in times)


def test_two_posts_a_day_share_the_window_and_number_their_ids() -> None:
    cadence = Cadence(per_week=14, window=window("08:00", "20:00"), minimum_gap_hours=3)
    slots = plan(SPRING, schedule=schedule(cadence, ends=date(2027, 3, 7))).slots
    assert [slot.id for slot in slots[:2]] == ["2027-03-01-mastodon-en", "2027-03-01-mastodon-en-2"]
    assert len({slot.id for slot in slots}) == 14


IMPOSSIBLE = [
    (
        schedule(Cadence(per_week=5, days=("mon", "tue"), window=window("09:00", "12:00"))),
        "schedule.channels.mastodon: 5 posts a week need 80 h between first and last; "
        "Mon and Tue between 09:00 and 12:00 give room for 2. Lower per_week, add days, or lower minimum_gap_",
    ),
    (
        schedule(Cadence(per_week=1, minimum_gap_hours=250)),
        "3 posts from 2027-03-01 to 2027-03-21 need 500 h between first and last; "
        "Mon, Tue, Wed, Thu, Fri, Sat and Sun between 09:00 and 18:00 give room for 2.",
    ),
    (
        schedule(Cadence(per_week=1, window=window("22:00", "23:00"))),
        "leave no time to post from 2027-03-01 to 2027-03-21 outside the quiet hours (21:00 to 08:00).",
    ),
    (
        schedule(Cadence(per_week=1, days=("sun",)), ends=date(2027, 3, 3)),
        "Sun between 09:00 and 18:00 leave no time to post from 2027-03-01 to 2027-03-03",
    ),
    (schedule(Cadence(per_week=1, window=window("09:01", "09:04"))), "leave no time to post"),
]


@pytest.mark.parametrize(("wanted", "says"), IMPOSSIBLE)
def test_an_impossible_cadence_says_by_how_much(wanted: Schedule, says: str) -> None:
    assert says in refusal(wanted)


def test_every_impossible_channel_is_told_at_once() -> None:
    night = Cadence(per_week=1, window=window("22:00", "23:00"))
    with pytest.raises(PlanError) as refused:
        plan(SPRING, schedule=SPRING.schedule.model_copy(update={"channels": {"x": night, "bluesky": night}}))
    assert len(refused.value.problems) == 2


def test_an_unknown_channel_suggests_the_nearest() -> None:
    with pytest.raises(PlanError, match='instagrm: no such channel. Did you mean "instagram"?'):
        plan(SPRING, schedule=SPRING.schedule.model_copy(update={"channels": {"instagrm": Cadence(per_week=1)}}))


def test_no_post_falls_in_the_hour_that_spring_skips() -> None:
    cadence = Cadence(per_week=7, window=window("02:00", "03:30"), minimum_gap_hours=1)
    wanted = schedule(
        cadence, starts=date(2027, 3, 28), ends=date(2027, 4, 3), quiet_hours=window("05:00", "06:00")
    )
    first = times_of_posting(wanted, "mastodon", "seed")[0]
    assert time(3) <= first.time() <= time(3, 30)
    assert first.utcoffset() == timedelta(hours=2)


def test_a_window_that_spring_skips_altogether_leaves_no_time() -> None:
    cadence = Cadence(per_week=1, days=("sun",), window=window("02:00", "02:55"))
    wanted = schedule(
        cadence, starts=date(2027, 3, 22), ends=date(2027, 3, 28), quiet_hours=window("05:00", "06:00")
    )
    assert "leave no time to post" in refusal(wanted)


def test_the_hour_that_autumn_repeats_is_used_once() -> None:
    cadence = Cadence(per_week=50, days=("sun",), window=window("02:00", "02:55"), minimum_gap_hours=0.05)
    wanted = schedule(
        cadence, starts=date(2027, 10, 25), ends=date(2027, 10, 31), quiet_hours=window("05:00", "06:00")
    )
    assert "give room for 12" in refusal(wanted)


def test_quiet_hours_over_midnight_hold_inside_a_wide_window() -> None:
    wanted = schedule(Cadence(per_week=7, window=window("00:00", "23:55"), minimum_gap_hours=1))
    assert all(time(8) <= at.time() < time(21) for at in times_of_posting(wanted, "mastodon", "seed"))


def test_a_window_over_midnight_ends_with_the_schedule() -> None:
    cadence = Cadence(per_week=7, window=window("23:00", "01:00"), minimum_gap_hours=1)
    times = times_of_posting(schedule(cadence, quiet_hours=window("02:00", "08:00")), "mastodon", "seed")
    assert {at.hour for at in times} <= {23, 0, 1}
    assert times[-1].date() <= date(2027, 3, 21)


def test_every_channel_goes_round_the_languages() -> None:
    for channel in ("instagram", "mastodon", "facebook"):
        languages = [slot.language for slot in plan(READING).slots if slot.channel == channel]
        assert all(len(set(trio)) == 3 for trio in zip(languages, languages[1:], languages[2:], strict=False))


def test_channels_begin_in_different_languages() -> None:
    first = {slot.channel: slot.language for slot in reversed(plan(READING).slots)}
    assert len(set(first.values())) == 3


def test_a_fact_that_led_lately_waits_though_it_ends_soon() -> None:
    focus = [slot.focus for slot in plan(read_brief(BRIEFS / "security-tool.yaml")).slots]
    assert all(len(set(four)) == 4 for four in zip(focus, focus[1:], focus[2:], focus[3:], strict=False))


def test_each_fact_leads_in_a_language_before_any_leads_there_again() -> None:
    focus = [slot.focus for slot in plan(SPRING).slots]
    assert len(set(focus[:8])) == 8


def test_no_post_is_led_by_a_fact_that_is_over() -> None:
    ends = {fact.id: fact.ends for fact in SPRING.facts if isinstance(fact.ends, datetime)}
    late = [slot for slot in plan(SPRING).slots if slot.at > ends["refill-stand"]]
    assert late
    assert all(slot.focus != "refill-stand" for slot in late)


def test_a_fact_about_to_end_leads_while_it_still_may() -> None:
    stand = next(slot for slot in plan(SPRING).slots if slot.focus == "refill-stand")
    assert stand.at.date() == date(2027, 3, 22)


def test_a_time_without_a_usable_fact_is_refused() -> None:
    over = Fact(id="over", statement="It was.", source="s", ends=date(2027, 3, 20))
    with pytest.raises(PlanError, match="no fact may be used at 2027-03-2.* in en: all have ended"):
        plan(SPRING, facts=(over,))


def pictured(slots: tuple[Slot, ...]) -> set[str]:
    return {slot.channel for slot in slots if slot.image}


def test_pictures_go_where_they_are_wished_and_where_a_channel_demands_one() -> None:
    assert pictured(plan(SPRING).slots) == {"instagram", "linkedin", "bluesky"}
    assert pictured(plan(SPRING, images=ImageWishes()).slots) == set(SPRING.schedule.channels)
    assert pictured(plan(SPRING, images=None).slots) == {"instagram"}
    assert pictured(plan(SPRING, images=ImageWishes(channels=("linkedin",))).slots) == {"instagram", "linkedin"}


CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
WINDOWS = (
    st.tuples(CLOCKS, CLOCKS).filter(lambda pair: pair[0] != pair[1]).map(lambda p: Window(start=p[0], end=p[1]))
)
CADENCES = st.builds(
    Cadence,
    per_week=st.integers(1, 12),
    days=st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(tuple),
    window=WINDOWS,
    minimum_gap_hours=st.sampled_from([0.5, 3, 20, 50, 170]),
)
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "UTC"]
)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    starts = draw(st.dates(date(2027, 1, 1), date(2027, 12, 31)))
    ends = starts + timedelta(days=draw(st.integers(0, 40)))
    quiet = draw(WINDOWS)
    return schedule(draw(CADENCES), starts=starts, ends=ends, timezone=draw(ZONES), quiet_hours=quiet)


def within(hours: Window, clock: time, *, end: bool) -> bool:
    last = clock <= hours.end if end else clock < hours.end
    if hours.start < hours.end:
        return hours.start <= clock and last
    return clock >= hours.start or last


@settings(max_examples=150, deadline=None)
@given(wanted=schedules(), phase=st.sampled_from([0.0, 0.125, 0.5, 0.999]))
def test_any_schedule_is_met_in_full_or_refused(wanted: Schedule, phase: float) -> None:
    cadence = wanted.channels["mastodon"]
    try:
        times = times_of_posting(wanted, "mastodon", "seed", phase)
    except PlanError:
        return
    assert times and times == times_of_posting(wanted, "mastodon", "seed", phase)
    for at in times:
        assert wanted.starts <= at.date() <= wanted.ends
        assert within(cadence.window, at.time(), end=True)
        assert not within(wanted.quiet_hours, at.time(), end=False)
        assert at.astimezone(UTC).astimezone(at.tzinfo).replace(tzinfo=None) == at.replace(tzinfo=None)
    gap = timedelta(hours=cadence.minimum_gap_hours)
    assert all(later.astimezone(UTC) - earlier.astimezone(UTC) >= gap for earlier, later in pairwise(times))


@settings(max_examples=60, deadline=None)
@given(wanted=schedules())
def test_any_plan_has_unique_ids_and_is_the_same_again(wanted: Schedule) -> None:
    asked = READING.model_copy(update={"schedule": wanted, "facts": (Fact(id="a", statement=SAID, source="s"),)})
    try:
        first = schedule_slots(asked, CHANNELS, "plan")
    except PlanError:
        return
    assert len({slot.id for slot in first.slots}) == len(first.slots)
    assert first == schedule_slots(asked, CHANNELS, "plan")


SAID = {"en": "It is so.", "de": "Es ist so.", "es": "Es así."}
