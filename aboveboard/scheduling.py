"""Cadence and windows become slots: when, where, in which language, led by which fact, with a picture or not."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from aboveboard.brief import Brief, Fact, moment, usable
from aboveboard.cadence import times_of_posting
from aboveboard.channel import Channel
from aboveboard.errors import PlanError
from aboveboard.mistakes import nearest
from aboveboard.plan import EditorialPlan, Slot

SOON = timedelta(days=7)  # a fact that ends within this leads before one that doesn't


def schedule_slots(brief: Brief, channels: Mapping[str, Channel], identity: str) -> EditorialPlan:
    """Return the editorial plan of `brief`, called `identity`: the same input, the same plan.

    Raises:
        PlanError: A channel is unknown, a cadence can't be met (by how much), or no fact may be used at some time.
    """
    times = _times(brief, _checked(brief, channels))
    languages = _languages(brief, [channel for _, channel in times])
    focus = _Focus(brief)
    slots: list[Slot] = []
    ids: Counter[str] = Counter()
    for number, ((at, channel), language) in enumerate(zip(times, languages, strict=True)):
        name = f"{at.date()}-{channel}-{language}"
        ids[name] += 1
        slot = Slot(
            id=name if ids[name] == 1 else f"{name}-{ids[name]}",
            channel=channel,
            at=at,
            language=language,
            focus=focus.next(at, language),
            number=number,
            image=_wants_image(brief, channels[channel]),
        )
        slots.append(slot)
    return EditorialPlan(id=identity, brief=brief, slots=tuple(slots))


def _checked(brief: Brief, channels: Mapping[str, Channel]) -> list[str]:
    unknown = [channel for channel in brief.schedule.channels if channel not in channels]
    if unknown:
        raise PlanError(
            [f"schedule.channels.{name}: no such channel. {nearest(name, channels)}" for name in unknown]
        )
    return sorted(brief.schedule.channels)


def _times(brief: Brief, channels: list[str]) -> list[tuple[datetime, str]]:
    """Return every time and channel in order, the channels staggered over the week."""
    times: list[tuple[datetime, str]] = []
    problems: list[str] = []
    for place, channel in enumerate(channels):
        seed, phase = f"{brief.campaign} {channel}", (place + 0.5) / len(channels)
        try:
            times += [(at, channel) for at in times_of_posting(brief.schedule, channel, seed, phase)]
        except PlanError as error:
            problems += error.problems
    if problems:
        raise PlanError(problems)
    return sorted(times)


def _languages(brief: Brief, channels: list[str]) -> list[str]:
    """Return each post's language: every channel goes round them all, each beginning one further on."""
    order = {channel: place for place, channel in enumerate(dict.fromkeys(channels))}
    turns: Counter[str] = Counter()
    languages = []
    for channel in channels:
        languages.append(brief.languages[(order[channel] + turns[channel]) % len(brief.languages)])
        turns[channel] += 1
    return languages


class _Focus:
    """Remembers which facts have led, so that each is heard in each language before any is heard again."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.led: defaultdict[str, list[str]] = defaultdict(list)  # by language, in order

    def next(self, at: datetime, language: str) -> str:
        """Return the id of the usable fact that led least, and not lately, in `language`; soonest ended first.

        Raises:
            PlanError: No fact may be used at `at`.
        """
        facts = [fact for fact in self.brief.facts if self._may_lead(fact, at, language)]
        if not facts:
            raise PlanError(
                f"schedule: no fact may be used at {at:%Y-%m-%d %H:%M} in {language}: all have ended or expired. "
                "Add a fact, move its end, or end the schedule earlier."
            )
        led = self.led[language]
        lately = led[-min(3, len(facts) - 1) :] if len(facts) > 1 else []
        fact = min(facts, key=lambda fact: (fact.id in lately, led.count(fact.id), not self._ends_soon(fact, at)))
        led.append(fact.id)
        return fact.id

    def _may_lead(self, fact: Fact, at: datetime, language: str) -> bool:
        return usable(fact, at, self.brief.zone) and self.brief.says(fact.statement, language) is not None

    def _ends_soon(self, fact: Fact, at: datetime) -> bool:
        limit = moment(fact.ends, self.brief.zone, end_of_day=True) if fact.ends else None
        return limit is not None and limit - at <= SOON


def _wants_image(brief: Brief, channel: Channel) -> bool:
    if channel.images is None:
        return False
    if channel.images.required or brief.images is None:
        return channel.images.required
    return not brief.images.channels or channel.id in brief.images.channels
