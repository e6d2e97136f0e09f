"""Leafing through what may be long: assets, campaigns and the ledger, a page at a time.

A page is found by where the one before it ended, not by a number: what is added or decided meanwhile makes nothing
come twice, and hides nothing that was there. No column of a place ever changes.
"""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Engine, func, literal, select, tuple_

from aboveboard.errors import AboveboardError
from aboveboard.ledger import GENESIS, Entry
from aboveboard.record import Recorded
from aboveboard.store import Store, having_finding
from aboveboard.tables import drafts, ledger, plans

LARGEST = 2**53 - 1  # of the numbers a place may bear: every JSON reader takes it, and every database


class Place(NamedTuple):
    """Where a page of assets ended: when the last of them goes out, its plan's number, its place there, its id."""

    at: datetime
    plan: int
    place: int
    draft: str


class Head(NamedTuple):
    """The newest entry of the ledger; 0 and `GENESIS` before the first."""

    seq: int
    hash: str


def cursor_of(place: Place) -> str:
    """Return a place as an opaque word."""
    told = json.dumps([place.at.isoformat(), *place[1:]], separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def place_of(cursor: str) -> Place:
    """Return the place that a cursor stands for. Raises AboveboardError where it is none of ours."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        at, plan, place, draft = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        found = Place(datetime.fromisoformat(at).astimezone(UTC), plan, place, draft)
        counts = all(type(number) is int and 0 <= number <= LARGEST for number in (plan, place))
        if counts and isinstance(draft, str) and draft.isalnum() and draft.isascii():
            return found
    except (ValueError, TypeError, binascii.Error, RecursionError, OverflowError):
        pass
    raise AboveboardError("This cursor is none of ours. Leave it out to begin with the first page.")


def leaf(
    store: Store,
    limit: int,
    after: Place | None = None,
    *,
    state: str | None = None,
    campaign: str | None = None,
    channel: str | None = None,
    language: str | None = None,
    rule: str | None = None,
    severity: str | None = None,
) -> tuple[list[Recorded], Place | None]:
    """Return the next assets, the soonest to be posted first, and the place to go on from; None at the end."""
    columns: tuple[Column[Any], ...] = (drafts.c.at, plans.c.number, drafts.c.place, drafts.c.id)
    wanted = select(drafts.c.plan_id, *columns).join_from(drafts, plans, drafts.c.plan_id == plans.c.id)
    chosen = {drafts.c.state: state, plans.c.campaign: campaign}
    chosen |= {drafts.c.channel: channel, drafts.c.language: language}
    wanted = wanted.where(*(column == value for column, value in chosen.items() if value is not None))
    wanted = wanted.where(*having_finding(rule, severity))
    if after:
        ended = [literal(value, column.type) for value, column in zip(after, columns, strict=True)]
        wanted = wanted.where(tuple_(*columns) > tuple_(*ended))
    with store.engine.connect() as connection:
        rows = connection.execute(wanted.order_by(*columns).limit(limit + 1)).all()
    shown = rows[:limit]
    found = store.these([(row.plan_id, row.id) for row in shown])
    last = shown[-1] if len(rows) > limit else None
    return found, Place(last.at, last.number, last.place, last.id) if last else None


def counts(engine: Engine) -> dict[str, dict[str, int]]:
    """Return how many drafts of each plan are in which state, by the plan's id."""
    wanted = select(drafts.c.plan_id, drafts.c.state, func.count().label("many"))
    found: dict[str, dict[str, int]] = {}
    with engine.connect() as connection:
        for row in connection.execute(wanted.group_by(drafts.c.plan_id, drafts.c.state)):
            found.setdefault(row.plan_id, {})[row.state] = row.many
    return found


def entries_after(engine: Engine, after: int, limit: int) -> tuple[list[Entry], Head]:
    """Return the ledger's next entries with the chain's head, both of one moment."""
    newest = select(ledger.c.seq, ledger.c.hash).order_by(ledger.c.seq.desc()).limit(1)
    wanted = select(ledger).where(ledger.c.seq > after).order_by(ledger.c.seq).limit(limit)
    with engine.connect() as connection:
        head = connection.execute(newest).one_or_none()
        last = Head(head.seq, head.hash) if head else Head(0, GENESIS)
        rows = connection.execute(wanted.where(ledger.c.seq <= last.seq)).all()
    return [Entry(**row._mapping) for row in rows], last
