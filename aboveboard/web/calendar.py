"""The calendar: month, week and day in the campaign's own timezone; what is dragged elsewhere is judged there."""

import calendar
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from aboveboard.agenda import Entry, agenda, newest_plans
from aboveboard.clock import now
from aboveboard.errors import ReviewError
from aboveboard.pages.posts import day_named
from aboveboard.web.access import Visitor, may
from aboveboard.web.desk import Desk, desk_of
from aboveboard.web.rendering import page

router = APIRouter()
Span = Literal["month", "week", "day"]
SIGNS = {  # state: sign, how it looks, in words
    "cleared": ("✓", "pass", "cleared"),
    "flagged": ("!", "review", "waiting for review"),
    "blocked": ("×", "block", "blocked"),
    "withdrawn": ("–", "note", "withdrawn"),
    "recalled": ("↩", "review", "recalled"),
}


@router.get("/calendar")
def show(
    request: Request,
    visitor: Annotated[Visitor, Depends(may("read"))],
    campaign: Annotated[str, Query(max_length=200)] = "",
    view: Span = "month",
    day: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    desk = desk_of(request)
    known = newest_plans(desk.engine)
    chosen = campaign if campaign in known else next(iter(known), "")
    if not chosen:
        return page(request, "calendar", visitor, campaigns=[], chosen="")
    brief = desk.project.store.plan(known[chosen]).brief
    here = _day(day, brief.schedule.starts, now().astimezone(brief.zone).date(), brief.schedule.ends)
    first, last = bounds(view, here)
    since, until = (datetime.combine(when, time(), brief.zone) for when in (first, last + timedelta(days=1)))
    entries = agenda(desk.engine, [known[chosen]], since, until)
    months = here.replace(day=1)
    before = {
        "month": months - timedelta(days=1),
        "week": here - timedelta(days=7),
        "day": here - timedelta(days=1),
    }
    after = {
        "month": months + timedelta(days=32),
        "week": here + timedelta(days=7),
        "day": here + timedelta(days=1),
    }
    return page(
        request,
        "calendar",
        visitor,
        campaigns=list(known),
        chosen=chosen,
        view=view,
        day=here,
        title=heading(view, here, first, last),
        zone=brief.schedule.timezone,
        before=before[view],
        after=after[view],
        weeks=laid_out(first, last, entries, brief.zone, desk, here.month if view == "month" else 0),
        signs=SIGNS,
        counts=_counts(entries),
    )


def bounds(view: Span, day: date) -> tuple[date, date]:
    """Return the first and the last day shown: whole weeks, from Monday."""
    if view == "day":
        return day, day
    first, last = day, day
    if view == "month":
        first = day.replace(day=1)
        last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def laid_out(
    first: date, last: date, entries: Iterable[Entry], zone: ZoneInfo, desk: Desk, month: int
) -> list[list[dict[str, Any]]]:
    """Return the days shown, a week a row, each with what is to be posted on it by the campaign's clock."""
    by_day: dict[date, list[dict[str, Any]]] = {}
    for entry in entries:
        at = entry.at.astimezone(zone)
        by_day.setdefault(at.date(), []).append(_shown(entry, at, desk))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    cells = [
        {
            "day": day,
            "out": bool(month) and day.month != month,
            "name": day_named(day),
            "posts": by_day.get(day, []),
        }
        for day in days
    ]
    return [cells[n : n + 7] for n in range(0, len(cells), 7)]


def heading(view: Span, day: date, first: date, last: date) -> str:
    if view == "month":
        return f"{calendar.month_name[day.month]} {day.year}"
    if view == "day":
        return f"{calendar.day_name[day.weekday()]}, {day_named(day)}"
    return f"{day_named(first)} to {day_named(last)}"


def _shown(entry: Entry, at: datetime, desk: Desk) -> dict[str, Any]:
    return {
        "address": f"/assets/{entry.plan_id[:16]}/{entry.id[:16]}",
        "at": at,
        "channel": desk.project.channels[entry.channel].title,
        "language": entry.language,
        "variant": entry.variant,
        "words": entry.words[:200],
        "state": _state(entry),
    }


def _state(entry: Entry) -> str:
    return "recalled" if entry.recalled and entry.state == "flagged" else entry.state


def _counts(entries: list[Entry]) -> dict[str, int]:
    states = [_state(entry) for entry in entries]
    return {state: states.count(state) for state in SIGNS if state in states}


def _day(asked: str, starts: date, today: date, ends: date) -> date:
    """Return the day asked for, else today where the campaign runs, else its first."""
    if not asked:
        return today if starts <= today <= ends else starts
    try:
        return date.fromisoformat(asked)
    except ValueError:
        raise ReviewError(f"'{asked[:20]}' is no day. Write it as 2027-03-31.") from None
