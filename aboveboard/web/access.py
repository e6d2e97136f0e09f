"""Who asks, whether they may, and whether it was their own page that asked."""

import hashlib
import hmac
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from itsdangerous import BadSignature, Signer

from aboveboard import accounts
from aboveboard.people import Person, Right
from aboveboard.web.desk import Desk, desk_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Visitor(NamedTuple):
    """Somebody signed in by a browser's session."""

    person: Person
    session: str  # the session's digest
    csrf: str  # what their own pages send along with every change

    def may(self, right: Right) -> bool:
        return self.person.may(right)


class SignInNeeded(Exception):
    """Nobody is signed in."""


def cookie_name(desk: Desk) -> str:
    """The __Host- prefix ties the cookie to this very host; browsers take it over TLS only."""
    return "__Host-desk" if desk.secure else "desk"


def signed(desk: Desk, secret: str) -> str:
    return _signer(desk, "session").sign(secret).decode()


def visitor_of(request: Request) -> Visitor | None:
    """Return who is signed in here, if anybody is."""
    desk = desk_of(request)
    try:
        secret = _signer(desk, "session").unsign(request.cookies.get(cookie_name(desk), "")).decode()
    except BadSignature:
        return None
    found = accounts.admitted(desk.engine, "session", secret)
    return Visitor(found.person, found.digest, csrf_of(desk, found.digest)) if found else None


def csrf_of(desk: Desk, session: str) -> str:
    return _signer(desk, "csrf").get_signature(session.encode()).decode()


def _visitor(request: Request) -> Visitor:
    visitor = visitor_of(request)
    if visitor is None:
        raise SignInNeeded
    return visitor


async def _by_their_own_page(request: Request, visitor: Annotated[Visitor, Depends(_visitor)]) -> Visitor:
    if request.method not in SAFE:
        given = request.headers.get("X-CSRF-Token") or (await request.form()).get("csrf")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), visitor.csrf.encode()):
            raise HTTPException(403, "This page is out of date. Load it again, then do it once more.")
        refuse_strangers(request)
    return visitor


def refuse_strangers(request: Request) -> None:
    """Refuse what another site's page sends: Fetch metadata where the browser tells it, else the Origin."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = site not in (None, "same-origin", "none")
    if foreign or (origin and urlsplit(origin).netloc != request.headers.get("Host")):
        raise HTTPException(403, "Another site's page sent this, so nothing was done.")


def may(right: Right) -> Callable[..., Coroutine[Any, Any, Visitor]]:
    """Return the dependency that lets in who has this right, with their own page's token for every change."""

    async def allowed(visitor: Annotated[Visitor, Depends(_by_their_own_page)]) -> Visitor:
        if not visitor.may(right):
            raise HTTPException(403, f"As {visitor.person.role} you may not do this. Ask somebody who may.")
        return visitor

    allowed.right = right  # type: ignore[attr-defined]  # what the authorisation matrix reads
    return allowed


def _signer(desk: Desk, salt: str) -> Signer:
    return Signer(desk.secret, salt=f"aboveboard.desk.{salt}", digest_method=hashlib.sha256)
