"""Idempotency keys: asking twice under one key does once, and is answered twice alike.

A key is claimed before anything is done, and the answer is kept under it afterwards. Where the process dies
between doing and keeping, the claim grows stale; who asks again then takes it over, and looks first whether the
first try came to its end (`Claim.begun` says since when).
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Engine, delete, select, update

from aboveboard.clock import now
from aboveboard.database import insert_new, writing
from aboveboard.tables import replies

LASTS = timedelta(days=1)  # how long an answer is kept
STALE = timedelta(minutes=5)  # longer than any request takes: whoever claimed this key is gone


class Claim(NamedTuple):
    """What becomes of a key: `mine` to do, or answered (`status`), or neither, being done this moment."""

    mine: bool
    same: bool = True  # whether it was the same request
    begun: datetime | None = None  # where a stale claim was taken over: when it was first made
    status: int | None = None
    body: Any = None


def claim(engine: Engine, person: str, key: str, request: str) -> Claim:
    """Claim a person's key for a request, told by its digest."""
    at = now()
    this = (replies.c.person_id == person, replies.c.key == key)
    fresh = {"person_id": person, "key": key, "request": request, "created_at": at, "body": at.isoformat()}
    with writing(engine).begin() as connection:
        connection.execute(delete(replies).where(replies.c.created_at < at - LASTS))
        claimed = insert_new(connection, replies).values(**fresh).returning(replies.c.key)
        if connection.execute(claimed).one_or_none():
            return Claim(mine=True)
        row = connection.execute(select(replies).where(*this)).one()
        if row.request != request:
            return Claim(mine=False, same=False)
        if row.status is not None:
            return Claim(mine=False, status=row.status, body=row.body)
        if row.created_at > at - STALE:
            return Claim(mine=False)
        unclaimed = (*this, replies.c.status.is_(None), replies.c.created_at == row.created_at)
        taken = connection.execute(update(replies).where(*unclaimed).values(created_at=at))
        return Claim(mine=taken.rowcount == 1, begun=datetime.fromisoformat(row.body))


def keep_reply(engine: Engine, person: str, key: str, status: int, body: Any) -> None:
    """Keep the answer to a claimed key."""
    this = (replies.c.person_id == person, replies.c.key == key, replies.c.status.is_(None))
    with writing(engine).begin() as connection:
        connection.execute(update(replies).where(*this).values(status=status, body=body))


def let_go(engine: Engine, person: str, key: str) -> None:
    """Have a claim be stale at once: nobody knows how far its request came, so who asks again looks first."""
    this = (replies.c.person_id == person, replies.c.key == key, replies.c.status.is_(None))
    with writing(engine).begin() as connection:
        connection.execute(update(replies).where(*this).values(created_at=now() - STALE))
