"""What a served desk does by itself, now and then: webhooks, reminders, recall."""

import logging
import threading
from collections.abc import Callable

from aboveboard.hooking import deliver
from aboveboard.project import Project
from aboveboard.recalling import recall
from aboveboard.reminding import remind

OFTEN, SELDOM = 10, 600  # seconds between two rounds of webhooks, and of all the rest
log = logging.getLogger("aboveboard.tending")


def tend(project: Project, stop: threading.Event) -> None:
    """Run errands until told to stop."""
    rounds = 0
    while not stop.is_set():
        _errand(lambda: deliver(project.store.engine, private=project.settings.webhooks_private), "webhooks")
        if rounds % (SELDOM // OFTEN) == 0:
            _errand(lambda: recall(project), "recall")
            _errand(lambda: remind(project), "reminders")
        rounds += 1
        stop.wait(OFTEN)


def _errand(errand: Callable[[], object], name: str) -> None:
    try:
        errand()
    except Exception as error:  # a thread nobody waits for: its log is where this is seen
        log.warning("%s: %s", name, error)
