"""Every model call by the digest of its request: pending, then done, so that none is ever paid for twice."""

from threading import Lock

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine, select, update

from aboveboard.clock import now
from aboveboard.database import connect, insert_new, writing
from aboveboard.tables import calls


class Reply(BaseModel):
    """What came back over HTTP, and how long it took."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: int
    body: bytes
    content_type: str
    milliseconds: int


class Calls:
    """The table of calls. Threads may share one; processes each open their own on the same database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = writing(engine)
        # SQLite has a second writer sleep and try again, in no order; threads here wait their turn instead.
        self._turn = Lock()

    def reply(self, digest: str) -> Reply | None:
        """Return what was answered to the request of this digest, or None where nothing was."""
        wanted = select(calls.c.status, calls.c.body, calls.c.content_type, calls.c.milliseconds)
        with self._engine.connect() as connection:
            row = connection.execute(wanted.where(calls.c.digest == digest, calls.c.state == "done")).one_or_none()
        return Reply.model_validate(dict(row._mapping)) if row else None

    def begin(self, digest: str, model: str, request: str) -> None:
        """Note that this call is about to be made. Doing so again changes nothing; a failed one is pending again.

        `request` is kept as it is: the caller leaves keys and headers out.
        """
        row = {"digest": digest, "model": model, "state": "pending", "request": request, "created_at": now()}
        again = update(calls).where(calls.c.digest == digest, calls.c.state == "failed").values(state="pending")
        with self._turn, self._writer.begin() as connection:
            connection.execute(insert_new(connection, calls).values(row))
            connection.execute(again)

    def finish(self, digest: str, reply: Reply) -> None:
        """Keep the reply to a call that was begun. The first reply stays: a second one is dropped."""
        self._settle(digest, state="done", finished_at=now(), **reply.model_dump())

    def fail(self, digest: str) -> None:
        """Note that a call came to nothing, so that it may be made again."""
        self._settle(digest, state="failed", finished_at=now())

    def pending(self) -> list[str]:
        """Return the digests of calls begun and not settled, oldest first: after a crash, those in doubt."""
        oldest = (
            select(calls.c.digest).where(calls.c.state == "pending").order_by(calls.c.created_at, calls.c.digest)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(oldest).scalars())

    def close(self) -> None:
        self._engine.dispose()

    def _settle(self, digest: str, **values: object) -> None:
        settled = update(calls).where(calls.c.digest == digest, calls.c.state != "done").values(values)
        with self._turn, self._writer.begin() as connection:
            connection.execute(settled)


def open_calls(database_url: str) -> Calls:
    """Return the calls kept in the database at this URL, made if it isn't there. Raises StoreError."""
    return Calls(connect(database_url))
