"""One plan, any number of workers: each takes a share of its jobs, keeps what it made, and takes the next.

A share is on lease, which its worker renews. Who is killed lets go when the lease runs out, and at once where it
was killed on the machine that asks; what it finished is kept, so that nothing is made twice and nothing is lost.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, Select, and_, func, insert, or_, select, update

from aboveboard.beating import beating
from aboveboard.database import plainly, queue_up, writing
from aboveboard.draft import Judged
from aboveboard.errors import StoreError
from aboveboard.tables import plans, shares

LEASE, RENEWED, GLANCE = 60.0, 10.0, 0.5  # seconds: a lease, between its renewals, between looks at the others
LARGEST = 25  # jobs in a share: what is lost at most by a kill, and what one task is told of

Do = Callable[[Sequence[str]], list[Judged]]  # makes the jobs of one share, named by their keys, in that order


def lay_out(engine: Engine, plan_id: str, keys: Sequence[str]) -> bool:
    """Write down the jobs of a plan, once; whether there is anything to do, the plan not being recorded yet."""
    with plainly(), writing(engine).begin() as connection:
        queue_up(connection)
        if connection.execute(select(plans.c.id).where(plans.c.id == plan_id)).first():
            return False
        if not connection.execute(select(shares.c.key).where(shares.c.plan_id == plan_id).limit(1)).first():
            rows = [{"plan_id": plan_id, "key": key, "place": place} for place, key in enumerate(keys)]
            connection.execute(insert(shares), [row | {"owner": "", "until": 0.0, "done": False} for row in rows])
    return True


def finished(engine: Engine, plan_id: str) -> dict[str, Judged]:
    """Return what has been made of a plan's jobs so far, by key, in the plan's order."""
    done = select(shares.c.key, shares.c.judged).where(shares.c.plan_id == plan_id, shares.c.done)
    with plainly(), engine.connect() as connection:
        rows = connection.execute(done.order_by(shares.c.place)).all()
    return {row.key: Judged.model_validate(row.judged) for row in rows}


def work(engine: Engine, plan_id: str, do: Do, threads: int, share: int) -> bool:
    """Do all jobs of a plan that nobody else does, `share` at a time in each thread, and wait for the others'.

    Returns whether every job is done; False where the plan has been recorded by somebody else meanwhile. The
    first error stops the rest, lets go what isn't finished, and is raised.
    """
    owner = f"{_here()}:{os.getpid()}:{secrets.token_hex(4)}"
    with _renewing(engine, owner):
        while True:
            if _any_free(engine, plan_id):  # one look, where every thread's would take the lock to write
                _pull(engine, plan_id, owner, do, threads, share)
            done, all_of_them = _count(engine, plan_id)
            if done == all_of_them:
                return all_of_them > 0
            time.sleep(GLANCE)


def _pull(engine: Engine, plan_id: str, owner: str, do: Do, threads: int, share: int) -> None:
    """Have so many threads take shares until none is free."""
    stop = threading.Event()

    def pull() -> None:
        while not stop.is_set() and (keys := _claim(engine, plan_id, owner, share)):
            try:
                _keep(engine, plan_id, keys, do(keys))
            except BaseException:
                stop.set()
                raise

    with ThreadPoolExecutor(threads, thread_name_prefix="job") as pool:
        futures = [pool.submit(copy_context().run, pull) for _ in range(threads)]
        try:
            errors = [future.exception() for future in futures]
        except BaseException:  # an interrupt: what is under way ends, nothing more begins
            stop.set()
            raise
    for error in errors:
        if error is not None:
            raise error


def _claim(engine: Engine, plan_id: str, owner: str, share: int) -> list[str]:
    """Take up to `share` jobs that nobody holds, the first in the plan's order."""
    with plainly(), writing(engine).begin() as connection:
        wanted = _free(connection, plan_id, share).with_for_update(skip_locked=True)
        keys = list(connection.execute(wanted).scalars())
        mine = and_(shares.c.plan_id == plan_id, shares.c.key.in_(keys))
        if keys:
            connection.execute(update(shares).where(mine).values(owner=owner, until=time.time() + LEASE))
    return keys


def _any_free(engine: Engine, plan_id: str) -> bool:
    with plainly(), engine.connect() as connection:
        return connection.execute(_free(connection, plan_id, 1)).first() is not None


def _free(connection: Connection, plan_id: str, most: int) -> Select[str]:
    """Return what asks for the jobs that nobody holds, or that are held by somebody who is gone."""
    ours = (shares.c.plan_id == plan_id, shares.c.done.is_(False))
    holders = select(shares.c.owner).where(*ours, shares.c.owner != "").distinct()
    dead = [holder for holder in connection.execute(holders).scalars() if _is_dead(holder)]
    free = or_(shares.c.owner == "", shares.c.until < time.time(), shares.c.owner.in_(dead))
    return select(shares.c.key).where(*ours, free).order_by(shares.c.place).limit(most)


def _keep(engine: Engine, plan_id: str, keys: Sequence[str], made: Sequence[Judged]) -> None:
    with plainly(), writing(engine).begin() as connection:
        for key, judged in zip(keys, made, strict=True):
            this = (shares.c.plan_id == plan_id, shares.c.key == key, shares.c.done.is_(False))
            connection.execute(
                update(shares).where(*this).values(judged=judged.model_dump(mode="json"), done=True)
            )


def _count(engine: Engine, plan_id: str) -> tuple[int, int]:
    counted = select(func.count().filter(shares.c.done), func.count()).where(shares.c.plan_id == plan_id)
    with plainly(), engine.connect() as connection:
        done, all_of_them = connection.execute(counted).one()
    return done, all_of_them


@contextmanager
def _renewing(engine: Engine, owner: str) -> Iterator[None]:
    """Keep this worker's leases alive, and let go of them at the end, however it ends."""
    held = (shares.c.owner == owner, shares.c.done.is_(False))

    def hold(**values: object) -> None:
        with suppress(StoreError), plainly(), writing(engine).begin() as connection:
            connection.execute(update(shares).where(*held).values(**values))

    try:
        with beating(lambda: hold(until=time.time() + LEASE), RENEWED, "leases"):
            yield
    finally:
        hold(owner="", until=0.0)


def _is_dead(holder: str) -> bool:
    """Whether a worker that held jobs was on this machine and is no more."""
    place, pid, _ = holder.split(":")
    if place != _here():
        return False
    with suppress(PermissionError):  # it lives, under another user
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
    return False


@cache
def _here() -> str:
    """Return what names the place where a process's number means one process: this boot, and this container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}".replace(":", "")
    except OSError:
        return socket.gethostname()
