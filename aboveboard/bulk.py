"""Many JSON lines at once, answered in order: by processes on all cores, by threads where a critic is waited for.

The first lines are answered one by one here, for most files are short and opening a process takes a second. After
them whatever has come in is handed out in parcels; whoever feeds a pipe line by line gets each answer before the
next is asked for. A process that dies costs an error on the line that killed it, and no other.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from queue import Empty, SimpleQueue
from threading import Semaphore, Thread
from typing import Any, NamedTuple

from aboveboard.answering import Line, answer, numbered, unanswered
from aboveboard.errors import AboveboardError
from aboveboard.guarding import Runner
from aboveboard.policy import Policy

ALONE = 500  # lines answered here before help is called
PARCEL = 32  # lines handed out at once: enough to outweigh the way there, few enough that all cores end together
AHEAD = 3  # parcels a worker, under way or waiting
READ = 4096  # lines read ahead
GIVE_UP = 3  # lines in a row that no process survives: then it isn't the lines
DIED = "the process that judged it died, on this line alone again. Report it with this line."

Answer = dict[str, Any]
Judge = Callable[[list[Line]], list[Answer]]


class Crew(NamedTuple):
    """Who judges parcels: how they are opened, what each does, how many there are and how much they carry."""

    opened: Callable[[], Executor]
    judge: Judge
    number: int
    parcel: int


def answers(
    lines: Iterable[bytes], base: dict[str, Any], policy: Policy, jobs: int = 0, alone: int = ALONE
) -> Iterator[Answer]:
    """Judge one JSON object a line and yield one answer a line, in the same order. Empty lines have none.

    `base` is what holds for every line; `jobs` is how many processes at most, 0 for one a core.
    """
    told = numbered(lines)
    number = jobs or cores()
    if number == 1:
        yield from (answer(line, base, policy) for line in told)
        return
    yield from (answer(line, base, policy) for line in islice(told, alone))
    first = next(told, None)
    if first is not None:
        yield from _shared(first, told, _processes(base, policy, number))


def answers_of_critic(
    lines: Iterable[bytes], base: dict[str, Any], policy: Policy, runner: Runner, number: int
) -> Iterator[Answer]:
    """Yield the answers of `runner`, which waits for a critic, so many lines at a time."""
    told = numbered(lines)
    first = next(told, None)
    if first is None:
        return
    judge = partial(_judged, base=base, policy=policy, runner=runner)
    yield from _shared(first, told, Crew(lambda: ThreadPoolExecutor(number), judge, number, parcel=1))


def cores() -> int:
    """Return how many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _judged(parcel: list[Line], base: dict[str, Any], policy: Policy, runner: Runner) -> list[Answer]:
    return [answer(line, base, policy, runner) for line in parcel]


# What a process of the crew does

_given: list[tuple[dict[str, Any], Policy]] = []  # in a worker: what holds for every line


def _processes(base: dict[str, Any], policy: Policy, number: int) -> Crew:
    def opened() -> Executor:
        # Started afresh, not forked: this process has threads by now, and a fork would copy their locks held.
        return ProcessPoolExecutor(number, get_context("spawn"), _begin, (base, policy))

    return Crew(opened, _judge_here, number, PARCEL)


def _begin(base: dict[str, Any], policy: Policy) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all: who called ends the others
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    _given[:] = [(base, policy)]


def _judge_here(parcel: list[Line]) -> list[Answer]:
    [(base, policy)] = _given
    return [answer(line, base, policy) for line in parcel]


# Handing out and taking back


def _shared(first: Line, rest: Iterator[Line], crew: Crew) -> Iterator[Answer]:
    """Yield the answers in order; on the way out, whatever the way, nobody is left at work."""
    coming = _Coming(first, rest)
    under_way: deque[tuple[list[Line], Future[list[Answer]]]] = deque()
    pool = crew.opened()
    try:
        while True:
            while len(under_way) < crew.number * AHEAD and (
                parcel := coming.take(crew.parcel, wait=not under_way)
            ):
                under_way.append((parcel, _handed(pool, crew.judge, parcel)))
            if not under_way:
                break
            try:
                yield from under_way[0][1].result()
                under_way.popleft()
            except BrokenExecutor:
                _end(pool)
                held = [line for parcel, _ in under_way for line in parcel]
                under_way.clear()
                yield from _one_by_one(held, crew)
                pool = crew.opened()
    finally:
        _end(pool)


def _handed(pool: Executor, judge: Judge, parcel: list[Line]) -> Future[list[Answer]]:
    """Return the answers to come; where the pool is broken already, they never do."""
    try:
        return pool.submit(judge, parcel)
    except BrokenExecutor as error:
        broken = Future[list[Answer]]()
        broken.set_exception(error)
        return broken


def _one_by_one(lines: list[Line], crew: Crew) -> Iterator[Answer]:
    """Yield the answers of lines of which one has killed a process: it alone gets an error.

    Raises:
        AboveboardError: No process lives, whatever the line.
    """
    pool, died = crew.opened(), 0
    try:
        for line in lines:
            try:
                yield from _handed(pool, crew.judge, [line]).result()
                died = 0
            except BrokenExecutor:
                _end(pool)
                died += 1
                if died == GIVE_UP:
                    raise AboveboardError("Processes die as soon as they start. Run it with --jobs 1.") from None
                pool = crew.opened()
                yield unanswered(line, DIED)
    finally:
        _end(pool)


def _end(pool: Executor) -> None:
    """Close `pool` now: what waits is dropped, and processes at work are ended, for nobody wants their answers."""
    working = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in working:
        process.terminate()


class _Coming:
    """Lines as they come in, read by a thread of their own, so that what is there can be told from what isn't."""

    def __init__(self, first: Line, rest: Iterator[Line]) -> None:
        self._lines: SimpleQueue[Line | BaseException | None] = SimpleQueue()
        self._lines.put(first)
        self._room = Semaphore(READ)
        self._done = False
        self._fault: BaseException | None = None
        Thread(target=self._read, args=(rest,), name="lines", daemon=True).start()

    def take(self, most: int, *, wait: bool) -> list[Line]:
        """Return up to `most` lines that are there; with `wait`, at least one unless all have been taken.

        Raises what reading them raised, once all before that have been answered.
        """
        taken: list[Line] = []
        while len(taken) < most and not self._done:
            try:
                line = self._lines.get(block=wait and not taken)
            except Empty:
                break
            self._room.release()
            if isinstance(line, tuple):
                taken.append(line)
            else:
                self._done, self._fault = True, line
        if self._fault and wait and not taken:
            raise self._fault
        return taken

    def _read(self, rest: Iterator[Line]) -> None:
        try:
            for line in rest:
                self._room.acquire()
                self._lines.put(line)
            self._lines.put(None)
        except BaseException as error:  # told where lines are taken
            self._lines.put(error)
