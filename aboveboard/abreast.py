"""Several threads, one machine: what waits and is of one kind is worked on abreast, and each gets its own."""

import threading
from collections.abc import Callable, Hashable, Sequence
from contextvars import Context, copy_context
from typing import Generic, TypeVar

from aboveboard.stepping import listening, tell

Item = TypeVar("Item")
Made = TypeVar("Made")


class _Waiting(Generic[Item, Made]):
    def __init__(self, kind: Hashable, item: Item) -> None:
        self.kind, self.item = kind, item
        self.context: Context = copy_context()  # who listens to how far it is
        self.made: Made | None = None
        self.error: BaseException | None = None
        self.done = False


class Abreast(Generic[Item, Made]):
    """Calls `work` with one item after another, or with up to `most` that wait and are of one kind.

    What raises for several is tried with each alone, so that one item's fault is nobody else's.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Made]], most: int) -> None:
        self._work, self._most = work, most
        self._turn, self._lock = threading.Lock(), threading.Lock()
        self._line: list[_Waiting[Item, Made]] = []

    def one(self, kind: Hashable, item: Item) -> Made:
        """Return what `work` makes of an item, whoever's turn it was. Raises what `work` raises for it."""
        mine: _Waiting[Item, Made] = _Waiting(kind, item)
        with self._lock:
            self._line.append(mine)
        with self._turn:
            if not mine.done:
                self._settle(self._taken(mine))
        if mine.error is not None:
            raise mine.error
        return mine.made  # type: ignore[return-value]  # done, and without an error: it was made

    def _taken(self, mine: _Waiting[Item, Made]) -> list[_Waiting[Item, Made]]:
        with self._lock:
            others = [one for one in self._line if one.kind == mine.kind and one is not mine]
            batch = [mine, *others[: self._most - 1]]
            self._line = [one for one in self._line if one not in batch]
        return batch

    def _settle(self, batch: list[_Waiting[Item, Made]]) -> None:
        try:
            with listening(_to_all(batch)):
                made = self._work([one.item for one in batch])
            for one, result in zip(batch, made, strict=True):
                one.made, one.done = result, True
        except Exception as error:
            if len(batch) > 1:
                for one in batch:
                    self._settle([one])
                return
            batch[0].error, batch[0].done = error, True
        except BaseException as error:  # an interrupt: nobody may be left waiting for what won't come
            for one in batch:
                one.error, one.done = error, True


def _to_all(batch: Sequence[_Waiting[Item, Made]]) -> Callable[[int, int], None]:
    def told(done: int, of: int) -> None:
        for one in batch:
            one.context.run(tell, done, of)

    return told
