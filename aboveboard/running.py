"""Runs of a brief that people start from the desk, as the database remembers them."""

import secrets
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import Engine, insert, select, update

from aboveboard.clock import now
from aboveboard.database import queue_up, writing
from aboveboard.errors import ReviewError, StoreError
from aboveboard.tables import runs

RunState = Literal["running", "done", "failed", "stopped"]
STOPPED = (
    "The desk was stopped while this ran. Press Produce again: what was made is kept, and nothing is paid twice."
)


class Run(NamedTuple):
    """One run: of which brief, by whom, and what came of it."""

    id: str
    brief: str
    actor: str
    state: RunState
    plan_id: str | None
    told: str
    started_at: datetime
    finished_at: datetime | None


def start_run(engine: Engine, brief: str, actor: str) -> Run:
    """Record that a run begins. Raises ReviewError where one of this brief is under way."""
    with writing(engine).begin() as connection:
        queue_up(connection)
        under_way = select(runs.c.id).where(runs.c.brief == brief, runs.c.state == "running")
        if connection.execute(under_way).first() is not None:
            raise ReviewError(f"{brief} is being produced right now. Watch that run, or wait for its end.")
        run = Run(secrets.token_hex(8), brief, actor, "running", None, "", now(), None)
        connection.execute(insert(runs).values(**run._asdict()))
    return run


def end_run(engine: Engine, run_id: str, state: RunState, *, plan_id: str | None = None, told: str = "") -> None:
    """Record how a run ended."""
    values = {"state": state, "plan_id": plan_id, "told": told, "finished_at": now()}
    with writing(engine).begin() as connection:
        connection.execute(update(runs).where(runs.c.id == run_id).values(**values))


def stop_strays(engine: Engine) -> None:
    """Mark the runs that a desk left behind when it was stopped. Called when a desk starts."""
    values = {"state": "stopped", "told": STOPPED, "finished_at": now()}
    with writing(engine).begin() as connection:
        connection.execute(update(runs).where(runs.c.state == "running").values(**values))


def latest_runs(engine: Engine, brief: str | None = None, limit: int = 20) -> list[Run]:
    """Return the newest runs, of one brief or of all."""
    wanted = select(runs).order_by(runs.c.started_at.desc(), runs.c.id).limit(limit)
    if brief is not None:
        wanted = wanted.where(runs.c.brief == brief)
    with engine.connect() as connection:
        return [Run(**row._mapping) for row in connection.execute(wanted)]


def find_run(engine: Engine, run_id: str) -> Run:
    """Return one run. Raises StoreError where there is none."""
    with engine.connect() as connection:
        row = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
    if row is None:
        raise StoreError("There is no such run here.")
    return Run(**row._mapping)
