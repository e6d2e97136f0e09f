"""What every page of the desk has at hand: the workspace, the cookie's key, and who may try how often."""

import secrets
import threading
from collections.abc import Callable
from typing import NamedTuple

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Engine
from starlette.requests import Request

from aboveboard.accounts import names
from aboveboard.clock import now
from aboveboard.finding import Copy
from aboveboard.guarding import run_direct
from aboveboard.project import Project

TRIES = RateLimitItemPerMinute(8, 5)  # sign-ins in five minutes, for each address and for each account


class Desk(NamedTuple):
    """One workspace, served."""

    project: Project
    secret: bytes
    limiter: MovingWindowRateLimiter
    warm: threading.Event  # set once the guards have been loaded

    @property
    def engine(self) -> Engine:
        return self.project.store.engine

    @property
    def secure(self) -> bool:
        """Whether the desk is reached by TLS, so that cookies may insist on it."""
        return self.project.settings.desk_url.startswith("https://")

    def naming(self) -> Callable[[str], str]:
        """Return what says how somebody is called; who has no account here is shown as they signed."""
        known = names(self.engine)
        return lambda actor: known.get(actor, actor)


def open_desk(project: Project) -> Desk:
    """Return the desk over a workspace; what many threads will ask of it is read now, by one."""
    project.policy_digest, project.channels  # noqa: B018
    secret = project.store.keep_once("secret", "desk", lambda: secrets.token_bytes(32))
    return Desk(project, secret, MovingWindowRateLimiter(MemoryStorage()), threading.Event())


def warm_up(desk: Desk) -> None:
    """Load what judging takes, so that the first who edits a post doesn't wait for it."""
    run_direct(desk.project.policy, Copy(text="The tap is open.", at=now()))
    desk.warm.set()


def desk_of(request: Request) -> Desk:
    """Return the desk that this request reached."""
    desk: Desk = request.app.state.desk
    return desk
