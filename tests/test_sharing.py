"""Several workers at one plan, on both databases: nothing twice, nothing lost, whoever dies."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from making import a_judged, a_plan

from aboveboard import sharing
from aboveboard.draft import Judged
from aboveboard.sharing import finished, lay_out, work
from aboveboard.store import Store

PLAN = "p" * 64
KEYS = [f"slot-{number:02} a" for number in range(12)]


class Maker:
    """Makes drafts, and remembers which and by whom."""

    def __init__(self, pause: float = 0.0) -> None:
        self.made: Counter[str] = Counter()
        self.pause = pause

    def __call__(self, keys: Sequence[str]) -> list[Judged]:
        self.made.update(keys)
        time.sleep(self.pause)
        return [a_judged(KEYS.index(key)) for key in keys]


def test_two_workers_share_a_plan_and_nothing_is_made_twice(store: Store) -> None:
    makers = [Maker(0.05), Maker(0.05)]
    assert lay_out(store.engine, PLAN, KEYS) and lay_out(store.engine, PLAN, KEYS)
    both = [threading.Thread(target=work, args=(store.engine, PLAN, maker, 2, 1)) for maker in makers]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert makers[0].made + makers[1].made == Counter(KEYS)
    assert all(maker.made for maker in makers)
    assert list(finished(store.engine, PLAN)) == KEYS


def test_what_was_made_comes_back_as_it_was_and_in_the_plans_order(store: Store) -> None:
    lay_out(store.engine, PLAN, KEYS)
    assert work(store.engine, PLAN, Maker(), 3, 5)
    assert list(finished(store.engine, PLAN).values()) == [a_judged(number) for number in range(len(KEYS))]


def test_the_first_error_stops_the_rest_and_the_next_try_makes_only_what_is_left(store: Store) -> None:
    lay_out(store.engine, PLAN, KEYS)
    done: list[str] = []

    def breaks(keys: Sequence[str]) -> list[Judged]:
        if KEYS[4] in keys:
            raise RuntimeError("the model is gone")
        done.extend(keys)
        return [a_judged(KEYS.index(key)) for key in keys]

    with pytest.raises(RuntimeError, match="the model is gone"):
        work(store.engine, PLAN, breaks, 1, 1)
    again = Maker()
    assert work(store.engine, PLAN, again, 2, 1)
    assert again.made == Counter(KEYS) - Counter(done) and done == KEYS[:4]


def test_a_plan_recorded_meanwhile_is_left_alone(store: Store) -> None:
    plan, judged = a_plan(2), [a_judged(0), a_judged(1)]
    keys = KEYS[:2]
    assert lay_out(store.engine, plan.id, keys)
    assert work(store.engine, plan.id, Maker(), 1, 1)
    store.record(plan, judged, {}, "Anna")
    assert finished(store.engine, plan.id) == {}
    assert not lay_out(store.engine, plan.id, keys)
    assert not work(store.engine, plan.id, Maker(), 1, 1)


KILLED = """
import sys, time
from aboveboard.database import connect
from aboveboard.sharing import work

def hangs(keys):
    print(keys[0], flush=True)
    time.sleep(600)

work(connect(sys.argv[1]), sys.argv[2], hangs, 1, 2)
"""


def test_what_a_killed_worker_held_is_taken_at_once_on_its_machine(store: Store, database_url: str) -> None:
    lay_out(store.engine, PLAN, KEYS)
    told = [sys.executable, "-c", KILLED, database_url, PLAN]
    other = subprocess.Popen(told, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent)
    assert other.stdout and other.stdout.readline().decode().strip() == KEYS[0]
    other.send_signal(signal.SIGKILL)
    other.wait()
    other.stdout.close()
    maker, since = Maker(), time.monotonic()
    assert work(store.engine, PLAN, maker, 1, 1)
    assert maker.made == Counter(KEYS) and time.monotonic() - since < sharing.LEASE / 2


def test_a_lease_that_nobody_renews_runs_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(store.engine, PLAN, KEYS)
    elsewhere = f"another-machine:{os.getpid()}:0"
    monkeypatch.setattr(sharing, "LEASE", 1.0)
    assert sharing._claim(store.engine, PLAN, elsewhere, 3) == KEYS[:3]
    maker, since = Maker(), time.monotonic()
    assert work(store.engine, PLAN, maker, 1, 1)
    assert maker.made == Counter(KEYS) and time.monotonic() - since >= 0.5


def test_a_lease_is_renewed_while_its_worker_is_at_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("LEASE", 0.6), ("RENEWED", 0.1), ("GLANCE", 0.05)):
        monkeypatch.setattr(sharing, name, seconds)
    monkeypatch.setattr(sharing, "_is_dead", lambda holder: False)
    keys = KEYS[:1]
    lay_out(store.engine, PLAN, keys)
    slow, other = Maker(2.0), Maker()
    first = threading.Thread(target=work, args=(store.engine, PLAN, slow, 1, 1))
    first.start()
    time.sleep(0.3)
    assert work(store.engine, PLAN, other, 1, 1)
    first.join()
    assert (slow.made, other.made) == (Counter(keys), Counter())
