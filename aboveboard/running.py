"""Runs: which brief was produced when, by whom, and what came of it, whoever started it and wherever.

A run says now and then that it lives. One that no longer does has been stopped, whatever its row says.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import Engine, insert, select, update

from aboveboard.beating import beating
from aboveboard.clock import now
from aboveboard.database import plainly, queue_up, writing
from aboveboard.errors import AboveboardError, ReviewError, StoreError
from aboveboard.tables import runs

RunState = Literal["running", "done", "failed", "stopped"]
STOPPED = "It was stopped while it ran. Run it again: what was made is kept, and nothing is paid twice."
ALIVE, SAID = 60.0, 10.0  # seconds: until a silent run counts as stopped, and between its signs of life


class Run(NamedTuple):
    """One run: of which brief, by whom, and what came of it."""

    id: str
    brief: str  # within briefs/, or the path it was given by
    actor: str
    state: RunState
    plan_id: str | None
    told: str
    started_at: datetime
    finished_at: datetime | None


def start_run(engine: Engine, brief: str, actor: str, *, alone: bool = True) -> Run:
    """Record that a run begins.

    Where it wants to be `alone`: raises ReviewError if one of this brief is under way. Otherwise both work
    on the same plan, each on what the other doesn't.
    """
    stop_strays(engine)
    with plainly(), writing(engine).begin() as connection:
        queue_up(connection)
        under_way = select(runs.c.id).where(runs.c.brief == brief, runs.c.state == "running")
        if alone and connection.execute(under_way).first() is not None:
            raise ReviewError(f"{brief} is being produced right now. Watch that run, or wait for its end.")
        run = Run(secrets.token_hex(8), brief, actor, "running", None, "", now(), None)
        connection.execute(insert(runs).values(**run._asdict(), alive_until=time.time() + ALIVE))
    return run


def end_run(engine: Engine, run_id: str, state: RunState, *, plan_id: str | None = None, told: str = "") -> None:
    """Record how a run ended."""
    values = {"state": state, "plan_id": plan_id, "told": told, "finished_at": now()}
    with plainly(), writing(engine).begin() as connection:
        connection.execute(update(runs).where(runs.c.id == run_id).values(**values))


@contextmanager
def recorded(engine: Engine, run: Run) -> Iterator[list[str]]:
    """Record how a run ends, and meanwhile that it lives. Put its plan's id into the list once it is known."""
    plan: list[str] = []

    def live() -> None:
        with suppress(StoreError), plainly(), writing(engine).begin() as connection:
            alive = {"alive_until": time.time() + ALIVE}
            connection.execute(update(runs).where(runs.c.id == run.id).values(**alive))

    with beating(live, SAID, f"run-{run.id}"):
        try:
            yield plan
        except AboveboardError as error:
            _end(engine, run, "failed", "\n".join(error.problems))
            raise
        except Exception as error:
            _end(engine, run, "failed", f"It broke off ({type(error).__name__}: {str(error)[:300]}).")
            raise
        except BaseException:  # an interrupt, by whoever started it
            _end(engine, run, "stopped", STOPPED)
            raise
        else:
            end_run(engine, run.id, "done", plan_id=plan[0] if plan else None)


def _end(engine: Engine, run: Run, state: RunState, told: str) -> None:
    with suppress(StoreError):  # what went wrong is on its way already; that it can't be written down is less
        end_run(engine, run.id, state, told=told)


def stop_strays(engine: Engine) -> None:
    """Mark the runs that gave no sign of life for a while: whatever made them is gone."""
    values = {"state": "stopped", "told": STOPPED, "finished_at": now()}
    silent = (runs.c.state == "running", runs.c.alive_until < time.time())
    with plainly(), writing(engine).begin() as connection:
        connection.execute(update(runs).where(*silent).values(**values))


def latest_runs(engine: Engine, brief: str | None = None, limit: int = 20) -> list[Run]:
    """Return the newest runs, of one brief or of all."""
    wanted = select(*_COLUMNS).order_by(runs.c.started_at.desc(), runs.c.id).limit(limit)
    if brief is not None:
        wanted = wanted.where(runs.c.brief == brief)
    with plainly(), engine.connect() as connection:
        return [Run(**row._mapping) for row in connection.execute(wanted)]


def unmended(engine: Engine) -> list[Run]:
    """Return the newest run of each brief, where it failed or was stopped: what is to be tried again."""
    stop_strays(engine)
    newest: dict[str, Run] = {}
    for run in latest_runs(engine, limit=10_000):
        newest.setdefault(run.brief, run)
    return [run for run in newest.values() if run.state in ("failed", "stopped")]


def find_run(engine: Engine, run_id: str) -> Run:
    """Return one run by its id or the first letters of it. Raises StoreError where there is none, or several."""
    with plainly(), engine.connect() as connection:
        wanted = select(*_COLUMNS).where(runs.c.id.startswith(run_id, autoescape=True)).limit(2)
        found = [Run(**row._mapping) for row in connection.execute(wanted)]
    if len(found) != 1:
        raise StoreError("Several runs begin so; write more of its id." if found else "There is no such run here.")
    return found[0]


_COLUMNS = tuple(runs.c[name] for name in Run._fields)
