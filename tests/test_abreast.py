import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from aboveboard.abreast import Abreast
from aboveboard.stepping import listening, tell


def asked_by_many(abreast: Abreast, items: Sequence[tuple[str, int]]) -> list:
    """Have a thread ask for each item while the first is being worked on; return what each got, or its error."""

    def ask(kind: str, item: int) -> object:
        try:
            return abreast.one(kind, item)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(len(items)) as pool:
        first = pool.submit(ask, *items[0])
        time.sleep(0.1)
        rest = [pool.submit(ask, *item) for item in items[1:]]
        return [first.result(), *(one.result() for one in rest)]


def slow(batches: list[list[int]]):
    def work(items: Sequence[int]) -> list[int]:
        batches.append(list(items))
        time.sleep(0.3)
        if 13 in items:
            raise ValueError(f"no luck with {len(items)}")
        return [item * 10 for item in items]

    return work


def test_what_waits_and_is_of_one_kind_is_worked_on_together_and_each_gets_its_own() -> None:
    batches: list[list[int]] = []
    got = asked_by_many(Abreast(slow(batches), 3), [("a", 1), ("a", 2), ("b", 3), ("a", 4), ("a", 5), ("a", 6)])
    assert got == [10, 20, 30, 40, 50, 60]
    assert batches[0] == [1] and max(len(batch) for batch in batches) == 3
    assert [batch for batch in batches if 3 in batch] == [[3]]


def test_one_at_once_is_one_after_another() -> None:
    batches: list[list[int]] = []
    asked_by_many(Abreast(slow(batches), 1), [("a", n) for n in range(4)])
    assert sorted(batches) == [[0], [1], [2], [3]]


def test_one_items_fault_is_nobody_elses() -> None:
    batches: list[list[int]] = []
    got = asked_by_many(Abreast(slow(batches), 4), [("a", 1), ("a", 13), ("a", 2)])
    assert got == [10, "no luck with 1", 20]
    assert sorted(map(sorted, batches))[:2] == [[1], [2]] and [2, 13] in map(sorted, batches)


def test_each_who_waits_hears_how_far_it_is() -> None:
    heard: dict[int, list[tuple[int, int]]] = {}

    def work(items: Sequence[int]) -> list[int]:
        time.sleep(0.2)
        tell(len(items), 9)
        return list(items)

    abreast: Abreast[int, int] = Abreast(work, 4)

    def ask(item: int) -> None:
        with listening(lambda done, of: heard.setdefault(item, []).append((done, of))):
            abreast.one("a", item)

    threads = [threading.Thread(target=ask, args=(item,)) for item in range(3)]
    for thread in threads:
        thread.start()
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert heard == {0: [(1, 9)], 1: [(2, 9)], 2: [(2, 9)]}


def test_an_interrupt_leaves_nobody_waiting() -> None:
    def work(items: Sequence[int]) -> list[int]:
        time.sleep(0.2)
        raise KeyboardInterrupt

    abreast: Abreast[int, int] = Abreast(work, 4)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(abreast.one, "a", item) for item in range(3)]
        for one in asked:
            with pytest.raises(KeyboardInterrupt):
                one.result(timeout=5)
