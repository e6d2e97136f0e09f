"""Something done again and again beside the work, for as long as the work lasts: a sign of life, a lease."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beating(beat: Callable[[], object], every: float, name: str) -> Iterator[None]:
    """Call `beat` every so many seconds, in a thread of this name, until the block ends. It may not raise."""
    ended = threading.Event()

    def go_on() -> None:
        while not ended.wait(every):
            beat()

    thread = threading.Thread(target=go_on, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
