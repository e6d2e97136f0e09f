"""The queue: what waits for a decision, the soonest first, with the asset in hand beside it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from aboveboard.draft import State
from aboveboard.record import Recorded
from aboveboard.waiting import WAITING, Facets, facets
from aboveboard.web.access import Visitor, may
from aboveboard.web.desk import Desk, desk_of
from aboveboard.web.rendering import page

router = APIRouter()
AT_ONCE = 50
Filter = Annotated[str | None, Query(max_length=200)]


@router.get("/")
def queue(
    request: Request,
    visitor: Annotated[Visitor, Depends(may("read"))],
    campaign: Filter = None,
    rule: Filter = None,
    channel: Filter = None,
    state: Literal["flagged", "blocked", ""] = "",
    language: Filter = None,
    after: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Response:
    desk = desk_of(request)
    wanted = {"campaign": campaign, "rule": rule, "channel": channel, "state": state, "language": language}
    chosen = {name: value for name, value in wanted.items() if value}
    asked = {name: value for name, value in chosen.items() if name != "state"}
    states: tuple[State, ...] = (state,) if state else WAITING
    found = desk.project.store.queue(**asked, states=states, limit=AT_ONCE + 1, offset=after)
    rows = [row(one, desk) for one in found[:AT_ONCE]]
    told: dict[str, Any] = {"rows": rows, "chosen": chosen, "after": after, "more": len(found) > AT_ONCE}
    if request.headers.get("HX-Target", "").startswith("more"):
        return page(request, "rows", visitor, **told)
    number, counted = facets(desk.engine, chosen)
    return page(request, "queue", visitor, **told, number=number, facets=_named(counted, desk))


def _named(counted: Facets, desk: Desk) -> dict[str, list[tuple[str, str, int]]]:
    """Return of each filter its values, what people call them, and how many wait."""
    rules = {rule.id: rule.title for rule in desk.project.policy.rules}
    known = {"rule": rules, "channel": {name: one.title for name, one in desk.project.channels.items()}}
    known["state"] = {"flagged": "needs a decision", "blocked": "can't be posted"}
    return {
        kind: [(value, known.get(kind, {}).get(value, value), number) for value, number in values.items()]
        for kind, values in counted.items()
    }


def row(one: Recorded, desk: Desk) -> dict[str, Any]:
    """Return what the queue shows of one draft."""
    draft = one.judged.draft
    weighty = [found for found in one.judged.inspection.findings if found.severity.rank]
    first = max(weighty, key=lambda found: found.severity.rank, default=None)
    return {
        "address": address(one),
        "id": one.id[:12],
        "campaign": one.campaign,
        "channel": desk.project.channels[draft.slot.channel].title,
        "language": draft.slot.language,
        "at": draft.slot.at,
        "words": " ".join(draft.post.split())[:160],
        "quote": first.quote[:80] if first else "",
        "rule": desk.project.policy.titled(first.rule) if first else "",
        "weight": first.severity.value if first else "note",
        "others": len({found.rule for found in weighty}) - 1,
        "picture": draft.picture.digest if draft.picture else "",
    }


def address(one: Recorded) -> str:
    return f"/assets/{one.plan_id[:16]}/{one.id[:16]}"
