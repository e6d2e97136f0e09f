"""Pages from templates. Everything a template is given is escaped: captions, names and reasons are data."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from aboveboard import __version__
from aboveboard.clock import now
from aboveboard.pages.posts import moment_named
from aboveboard.web.access import Visitor
from aboveboard.web.desk import desk_of

ROOMS = (  # address, name, its key after g, the right it takes
    ("/", "Queue", "q", "read"),
    ("/briefs", "Briefs", "b", "read"),
    ("/calendar", "Calendar", "c", "read"),
    ("/policy", "Policy", "p", "read"),
    ("/audit", "Audit", "l", "audit"),
    ("/people", "People", "o", "manage"),
)


LOOKS = {"cleared": "pass", "flagged": "review", "blocked": "block"}  # state of a draft: its colour
SIGNS = {"pass": "✓", "review": "!", "block": "×", "note": "i"}  # the same told without colour
RUNS = {"running": "note", "done": "pass", "failed": "block", "stopped": "review"}  # state of a run: its colour


def page(
    request: Request,
    template: str,
    visitor: Visitor | None,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **told: Any,
) -> HTMLResponse:
    """Return a page, or the part of one that htmx asked for."""
    desk = desk_of(request)
    rooms = [room for room in ROOMS if visitor and visitor.may(room[3])]  # type: ignore[arg-type]
    whole = (
        _templates()
        .get_template(f"{template}.html.j2")
        .render(
            visitor=visitor,
            person=visitor.person if visitor else None,
            csrf=visitor.csrf if visitor else "",
            rooms=rooms,
            here=request.url.path,
            version=__version__,
            now=now(),
            workspace=desk.project.root.name,
            **told,
        )
    )
    return HTMLResponse(whole, status, headers=headers)


def away(at: datetime, since: datetime | None = None) -> str:
    """Return how far off a moment is, as people say it: "in 3 h", "2 days ago"."""
    gap = at - (since or now())
    size = abs(gap)
    if size < timedelta(hours=1):
        told = f"{int(size.total_seconds() // 60)} min"
    elif size < timedelta(days=2):
        told = f"{int(size.total_seconds() // 3600)} h"
    else:
        told = f"{size.days} days"
    return f"in {told}" if gap >= timedelta(0) else f"{told} ago"


@cache
def _templates() -> Environment:
    env = Environment(
        loader=PackageLoader("aboveboard.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals |= {"LOOKS": LOOKS, "SIGNS": SIGNS, "RUNS": RUNS}
    env.filters |= {"away": away, "moment": moment_named}
    return env
