"""Webhooks: what happens here, told to other programs, signed as Standard Webhooks say.

Nothing is queued: what happened stands in the ledger, and each hook knows the entry that was sent last. So no
event is lost, whoever is killed when; one may be sent twice, and bears the same `webhook-id` both times.

Source: https://www.standardwebhooks.com/
"""

import json
import secrets
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal, NamedTuple

import httpx
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.engine import Row

from aboveboard.clock import now
from aboveboard.database import writing
from aboveboard.errors import AccountError
from aboveboard.ledger import Entry
from aboveboard.reaching import find_way, open_client, post
from aboveboard.tables import hooks, ledger

Event = Literal[
    "created",
    "flagged",
    "cleared",
    "approved",
    "edited",
    "moved",
    "rejected",
    "withdrawn",
    "recalled",
    "rejudged",
]
EVENTS: tuple[str, ...] = (*Event.__args__, "published", "failed")  # type: ignore[attr-defined]
DECIDED = {"approve": "approved", "edit": "edited", "move": "moved", "reject": "rejected"}
DECIDED |= {"withdraw": "withdrawn", "recall": "recalled", "rejudge": "rejudged"}
JUDGED = {"pass": "cleared", "review": "flagged", "block": "flagged"}
TOLD = ("draft", "slot", "variant", "outcome", "rules", "becomes", "campaign", "drafts", "replacement")
AT_ONCE = 200  # entries looked at for one hook in one go
PATIENCE = 12  # failures in a row, over some 34 hours, after which a hook rests until somebody wakes it
LEASE = timedelta(seconds=60)  # how long one process has a hook to itself


class Hook(NamedTuple):
    """Where events go, and how that fares."""

    id: str
    url: str
    kinds: tuple[str, ...]
    cursor: int
    failures: int
    told: str
    active: bool


def add_hook(engine: Engine, url: str, kinds: tuple[str, ...], *, private: bool = False) -> tuple[Hook, str]:
    """Add a hook for what happens from now on; return it with the secret that signs, which is shown only here.

    Raises AccountError for an address that isn't https (or this machine's own), or an event there is none of.
    """
    problems = [
        f"There is no event '{kind}'. Choose from: {', '.join(EVENTS)}." for kind in kinds if kind not in EVENTS
    ]
    problems += [] if kinds else ["A hook without events would never be called. Choose some."]
    try:
        find_way(url, private=private)
    except AccountError as error:
        problems += error.problems
    if problems:
        raise AccountError(problems)
    secret = "whsec_" + b64encode(secrets.token_bytes(24)).decode()
    with writing(engine).begin() as connection:
        head = connection.execute(select(func.max(ledger.c.seq))).scalar_one() or 0
        row = {"id": f"h_{secrets.token_hex(6)}", "url": url, "kinds": list(kinds), "cursor": head, "failures": 0}
        row |= {"told": "", "active": True, "secret": secret, "next_at": now(), "created_at": now()}
        connection.execute(insert(hooks).values(**row))
    return Hook(str(row["id"]), url, kinds, head, 0, "", True), secret


def all_hooks(engine: Engine) -> list[Hook]:
    """Return every hook, the oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(select(hooks).order_by(hooks.c.created_at, hooks.c.id)).all()
    return [_hook(row) for row in rows]


def remove_hook(engine: Engine, hook_id: str) -> None:
    with writing(engine).begin() as connection:
        connection.execute(delete(hooks).where(hooks.c.id == hook_id))


def wake_hook(engine: Engine, hook_id: str) -> None:
    """Let a hook that rests go on where it stopped."""
    values = {"active": True, "failures": 0, "told": "", "next_at": now()}
    with writing(engine).begin() as connection:
        connection.execute(update(hooks).where(hooks.c.id == hook_id).values(**values))


def deliver(engine: Engine, *, private: bool = False) -> int:
    """Send to each hook what is due, in order; return how many events were taken.

    Two processes don't send at once: one has a hook for a minute, then another may try.
    """
    sent = 0
    with open_client() as client:
        for hook in all_hooks(engine):
            if leased := _lease(engine, hook.id):
                sent += _deliver_to(engine, client, leased, private)
    return sent


def event_of(entry: Entry) -> str | None:
    """Return what an entry of the ledger is called as an event."""
    body = entry.body or {}
    if entry.kind == "plan.recorded":
        return "created"
    if entry.kind == "draft.judged":
        return JUDGED.get(str(body.get("outcome")))
    return DECIDED.get(entry.kind.removeprefix("decision."))


def message(entry: Entry, event: str) -> dict[str, Any]:
    """Return what is told of an entry: ids, rules and states; no words of a post, nobody's name, no reason."""
    body = entry.body or {}
    data = {"plan": entry.plan_id, "seq": entry.seq} | {name: body[name] for name in TOLD if body.get(name)}
    return {"type": event, "timestamp": entry.at.isoformat(), "data": data}


def _lease(engine: Engine, hook_id: str) -> Hook | None:
    """Return the hook as it stands, to oneself for a while; None where it rests, isn't due, or another has it."""
    mine = (hooks.c.id == hook_id, hooks.c.next_at <= now(), hooks.c.active)
    with writing(engine).begin() as connection:
        taken = update(hooks).where(*mine).values(next_at=now() + LEASE).returning(hooks)
        row = connection.execute(taken).one_or_none()
    return _hook(row) if row else None


def _hook(row: Row[Any]) -> Hook:
    return Hook(row.id, row.url, tuple(row.kinds), row.cursor, row.failures, row.told, row.active)


def _deliver_to(engine: Engine, client: httpx.Client, hook: Hook, private: bool) -> int:
    sent, cursor = 0, hook.cursor
    for entry in _entries(engine, cursor):
        event = event_of(entry)
        if event in hook.kinds:
            problem = _send(engine, client, hook, entry, str(event), private)
            if problem:
                _failed(engine, hook, cursor, problem)
                return sent
            sent += 1
        cursor = entry.seq
        if sent:
            _reached(engine, hook, cursor, now() + LEASE)
    _reached(engine, hook, cursor, now())
    return sent


def _entries(engine: Engine, after: int) -> Iterator[Entry]:
    wanted = select(ledger).where(ledger.c.seq > after).order_by(ledger.c.seq).limit(AT_ONCE)
    with engine.connect() as connection:
        rows = connection.execute(wanted).all()
    yield from (Entry(**row._mapping) for row in rows)


def _send(engine: Engine, client: httpx.Client, hook: Hook, entry: Entry, event: str, private: bool) -> str:
    """Send one event; return what went wrong, or nothing."""
    from standardwebhooks import Webhook

    with engine.connect() as connection:
        secret = connection.execute(select(hooks.c.secret).where(hooks.c.id == hook.id)).scalar_one_or_none()
    if secret is None:
        return "removed"
    at, name = now(), f"{hook.id}_{entry.seq}"
    body = json.dumps(message(entry, event))
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "content-type": "application/json",
    }
    headers["webhook-signature"] = Webhook(secret).sign(name, at, body)
    try:
        status = post(client, find_way(hook.url, private=private), body, headers)
    except AccountError as error:
        return error.problems[0]
    except httpx.HTTPError as error:
        return f"not reached ({type(error).__name__})"
    return "" if 200 <= status < 300 else f"answered {status}"


def _reached(engine: Engine, hook: Hook, cursor: int, next_at: Any) -> None:
    values = {"cursor": cursor, "failures": 0, "told": "", "next_at": next_at}
    with writing(engine).begin() as connection:
        connection.execute(update(hooks).where(hooks.c.id == hook.id).values(**values))


def _failed(engine: Engine, hook: Hook, cursor: int, problem: str) -> None:
    failures = hook.failures + 1
    wait = timedelta(seconds=min(30 * 2**failures, 6 * 3600) * (0.8 + secrets.randbelow(400) / 1000))
    values = {"cursor": cursor, "failures": failures, "told": problem, "next_at": now() + wait}
    with writing(engine).begin() as connection:
        connection.execute(update(hooks).where(hooks.c.id == hook.id).values(**values, active=failures < PATIENCE))
