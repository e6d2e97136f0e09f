"""Who calls the API: whoever bears a token may do what its owner's role may, and what its own scopes say.

A browser's session is nothing to the API, so no other site's page can have somebody's browser call it.
"""

from collections.abc import Callable
from typing import Annotated, NamedTuple

from fastapi import HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from aboveboard import accounts
from aboveboard.people import Person, Right
from aboveboard.web.desk import desk_of

SCHEME = HTTPBearer(
    auto_error=False, scheme_name="token", description="A token from the page “Sessions and tokens” of the desk."
)
Given = Annotated[HTTPAuthorizationCredentials | None, Security(SCHEME)]


class Bearer(NamedTuple):
    """Somebody's token, at work."""

    person: Person
    scopes: frozenset[Right]

    def may(self, right: Right) -> bool:
        return right in self.scopes and self.person.may(right)


def bears(*rights: Right) -> Callable[..., Bearer]:
    """Return the dependency that lets in a token with any of these rights."""

    def allowed(request: Request, given: Given) -> Bearer:
        if given is None:
            raise HTTPException(401, "Send a token: Authorization: Bearer ab_…", {"WWW-Authenticate": "Bearer"})
        found = accounts.admitted(desk_of(request).engine, "token", given.credentials)
        if found is None:
            told = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise HTTPException(401, "This token isn't known here, or has ended. Make another on the desk.", told)
        bearer = Bearer(found.person, found.scopes)
        if not any(bearer.may(right) for right in rights):
            demand(bearer, rights[0])
        return bearer

    allowed.rights = rights  # type: ignore[attr-defined]  # what the authorisation matrix reads
    return allowed


def demand(bearer: Bearer, right: Right) -> None:
    """Refuse what this token may not do, and say whether its scopes or its owner's role stand in the way."""
    if bearer.may(right):
        return
    if bearer.person.may(right):
        told = f"This token hasn't the scope '{right}'. Make one that has."
    else:
        told = f"As {bearer.person.role} you may not do this. Ask somebody who may."
    challenge = f'Bearer error="insufficient_scope", scope="{right}"'
    raise HTTPException(403, told, {"WWW-Authenticate": challenge})
