"""From a cadence to times of posting: spread over the days, inside the window, outside quiet hours, DST-safe."""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from aboveboard.brief import Cadence, Schedule, Window
from aboveboard.errors import PlanError

MARK = 5  # minutes: posts go out on marks of five, so that a plan is read and moved easily
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Week:
    """Seven days of a campaign (the last may be fewer): when a channel may post, and how many posts it gets."""

    days: tuple[tuple[datetime, ...], ...]  # the permitted times of each permitted day, in order
    posts: int

    @property
    def times(self) -> tuple[datetime, ...]:
        return tuple(at for day in self.days for at in day)


def times_of_posting(schedule: Schedule, channel: str, seed: str, phase: float = 0.5) -> tuple[datetime, ...]:
    """Return when `channel` posts, in the schedule's timezone: the same seed, the same times.

    `phase`, from 0 up to 1, is how far into its share of the week a post falls, so that channels can be staggered.

    Raises:
        PlanError: The cadence can't be met; the message says by how much.
    """
    cadence = schedule.channels[channel]
    zone = ZoneInfo(schedule.timezone)
    weeks = _weeks(schedule, cadence, zone)
    gap = timedelta(hours=cadence.minimum_gap_hours)
    latest = _latest(weeks, gap)
    if latest is None:
        raise PlanError(_why_not(channel, cadence, schedule, weeks, gap))
    return tuple(at.astimezone(zone) for at in _choose(weeks, gap, latest, seed, phase))


def _weeks(schedule: Schedule, cadence: Cadence, zone: ZoneInfo) -> list[Week]:
    """Return the campaign's weeks, counted from its first day; a shorter last week gets its share of posts."""
    length = (schedule.ends - schedule.starts).days + 1
    dates = [schedule.starts + timedelta(days=day) for day in range(length)]
    weeks = []
    for _, group in groupby(enumerate(dates), key=lambda numbered: numbered[0] // 7):
        week = [day for _, day in group]
        allowed = [day for day in week if DAYS[day.weekday()] in cadence.days]
        days = tuple(times for day in allowed if (times := _permitted(day, cadence, schedule, zone)))
        weeks.append(Week(days, _share(cadence, len(week), len(allowed))))
    return weeks if length >= 7 else [Week(week.days, max(week.posts, 1)) for week in weeks]


def _share(cadence: Cadence, length: int, allowed: int) -> int:
    if length == 7:
        return cadence.per_week
    return int(cadence.per_week * allowed / len(set(cadence.days)) + 0.5)


def _permitted(day: date, cadence: Cadence, schedule: Schedule, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return the marks in the window that begins on `day`, in UTC: none in quiet hours, none a clock skips."""
    marks = (mark for mark in _marks(day, cadence.window) if mark.date() <= schedule.ends)
    times = (_instant(mark, zone) for mark in marks)
    return tuple(at for at in times if at and not _within(schedule.quiet_hours, at.astimezone(zone).time()))


def _marks(day: date, window: Window) -> Iterator[datetime]:
    """Yield the local times on five-minute marks from the window's start to its end, over midnight if need be."""
    start = datetime.combine(day, window.start)
    over_midnight = timedelta(days=1 if window.end < window.start else 0)
    end = datetime.combine(day + over_midnight, window.end)
    mark = start + timedelta(minutes=-start.minute % MARK)
    while mark <= end:
        yield mark
        mark += timedelta(minutes=MARK)


def _instant(local: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the instant a clock in `zone` first shows `local`, None when it never does (PEP 495's gap)."""
    at = local.replace(tzinfo=zone).astimezone(UTC)
    return at if at.astimezone(zone).replace(tzinfo=None) == local else None


def _within(window: Window, clock: time) -> bool:
    if window.start < window.end:
        return window.start <= clock < window.end
    return clock >= window.start or clock < window.end


def _latest(weeks: list[Week], gap: timedelta) -> list[datetime] | None:
    """Return the latest time each post may have so that all later ones still find room, None if they can't."""
    latest: list[datetime] = []
    for week in reversed(weeks):
        times = week.times
        for _ in range(week.posts):
            place = bisect_right(times, latest[-1] - gap) if latest else len(times)
            if place == 0:
                return None
            latest.append(times[place - 1])
    return latest[::-1]


def _choose(weeks: list[Week], gap: timedelta, latest: list[datetime], seed: str, phase: float) -> list[datetime]:
    """Return each post's wished time, or where gap and `latest` forbid it a seeded one on the nearest free day."""
    chosen: list[datetime] = []
    for week in weeks:
        times = week.times
        for wish in _wishes(week, seed, phase):
            first = bisect_left(times, chosen[-1] + gap) if chosen else 0
            free = times[first : bisect_right(times, latest[len(chosen)])]
            chosen.append(wish if wish in free else _near(free, wish, seed))
    return chosen


def _near(free: Sequence[datetime], wish: datetime, seed: str) -> datetime:
    nearest = min(free, key=lambda at: (abs(at - wish), at))
    same_day = [at for at in free if abs(at - nearest) < timedelta(hours=12)]
    return same_day[int(_draw(f"{seed} {nearest.date()}") * len(same_day))]


def _wishes(week: Week, seed: str, phase: float) -> Iterator[datetime]:
    """Yield times spread evenly over the week's days, each a seeded place within its share of the day's window."""
    places = [(number + phase) * len(week.days) / week.posts for number in range(week.posts)]
    for day, group in groupby(places, key=int):
        times, shares = week.days[day], len(list(group))
        for share in range(shares):
            drawn = (share + _draw(f"{seed} {times[0].date()} {share}")) / shares
            yield times[int(drawn * len(times))]


def _draw(seed: str) -> float:
    """Return a number from 0 up to 1 that `seed` alone decides."""
    return int.from_bytes(hashlib.sha256(seed.encode("utf-8")).digest()[:6], "big") / 2**48


def _why_not(channel: str, cadence: Cadence, schedule: Schedule, weeks: list[Week], gap: timedelta) -> str:
    at = f"schedule.channels.{channel}"
    days = _listed([day.capitalize() for day in DAYS if day in cadence.days])
    window = f"{days} between {cadence.window.start:%H:%M} and {cadence.window.end:%H:%M}"
    if not any(week.days for week in weeks):
        quiet = f"{schedule.quiet_hours.start:%H:%M} to {schedule.quiet_hours.end:%H:%M}"
        dates = f"{schedule.starts} to {schedule.ends}"
        return (
            f"{at}: {window} leave no time to post from {dates} outside the quiet hours ({quiet}). "
            "Widen the window, add days or shorten the quiet hours."
        )
    tight = next((week for week in weeks if _room([week], gap) < week.posts), None)
    posts, room = (tight.posts, _room([tight], gap)) if tight else (sum(w.posts for w in weeks), _room(weeks, gap))
    span = "a week" if tight else f"from {schedule.starts} to {schedule.ends}"
    hours = (posts - 1) * cadence.minimum_gap_hours
    return (
        f"{at}: {posts} posts {span} need {hours:g} h between first and last; {window} give room for {room}. "
        f"Lower per_week, add days, or lower minimum_gap_hours ({cadence.minimum_gap_hours:g})."
    )


def _room(weeks: list[Week], gap: timedelta) -> int:
    """Return how many of the wanted posts find room when each goes out as early as it may."""
    placed: list[datetime] = []
    for week in weeks:
        times = week.times
        for _ in range(week.posts):
            place = bisect_left(times, placed[-1] + gap) if placed else 0
            placed += times[place : place + 1]
    return len(placed)


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
