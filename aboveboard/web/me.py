"""What lets me in: my sessions, my API tokens, my password."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from aboveboard import accounts
from aboveboard.errors import AccountError
from aboveboard.people import RIGHTS, Right
from aboveboard.web.access import Visitor, may
from aboveboard.web.desk import TRIES, desk_of
from aboveboard.web.entering import SLOWER
from aboveboard.web.rendering import page

router = APIRouter(prefix="/me")
Me = Annotated[Visitor, Depends(may("read"))]
Line = Annotated[str, Form(max_length=400)]
MEANS: dict[Right, str] = {
    "read": "campaigns, assets, the policy",
    "write": "edit words, comment, run briefs",
    "decide": "approve, reject, take back",
    "audit": "the ledger",
    "manage": "people, rules, webhooks",
}
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "a Mac"),
    ("Linux", "Linux"),
)


@router.get("")
def me(request: Request, visitor: Me) -> Response:
    return _shown(request, visitor)


@router.post("/sessions/{digest}/end")
def end_session(request: Request, visitor: Me, digest: str) -> Response:
    _end(request, visitor, "session", digest)
    if digest == visitor.session:
        return Response(status_code=204, headers={"HX-Redirect": "/sign-in"})
    return _shown(request, visitor)


@router.post("/tokens")
def make_token(
    request: Request,
    visitor: Me,
    scopes: Annotated[list[Right] | None, Form()] = None,
    days: Annotated[int, Form(ge=1, le=366)] = 90,
    name: Line = "",
) -> Response:
    person = visitor.person
    problems = [] if name.strip() else ["A token needs a name, so that you know later what it is for."]
    if not scopes:
        problems.append("A token needs at least one thing that it may do.")
    problems += [
        f"As {person.role} you can't give the scope '{one}'." for one in scopes or () if not visitor.may(one)
    ]
    if problems:
        raise AccountError(problems)
    secret = accounts.issue(desk_of(request).engine, "token", person, name.strip(), sorted(scopes or ()), days)
    return _shown(request, visitor, secret=secret, named=name.strip())


@router.post("/tokens/{digest}/revoke")
def revoke_token(request: Request, visitor: Me, digest: str) -> Response:
    _end(request, visitor, "token", digest)
    return _shown(request, visitor)


@router.post("/password")
def change_password(request: Request, visitor: Me, old: Line = "", new: Line = "") -> Response:
    desk = desk_of(request)
    if not desk.limiter.hit(TRIES, "account", visitor.person.email):
        raise HTTPException(429, SLOWER)
    accounts.change_password(desk.engine, visitor.person, old, new, visitor.session)
    return _shown(request, visitor, changed=True)


def _end(request: Request, visitor: Visitor, kind: accounts.Kind, digest: str) -> None:
    engine = desk_of(request).engine
    if digest not in {one.digest for one in accounts.passes_of(engine, visitor.person, kind)}:
        raise HTTPException(404, f"You have no such {kind}.")
    accounts.revoke(engine, visitor.person, digest)


def _shown(
    request: Request, visitor: Visitor, secret: str = "", named: str = "", changed: bool = False
) -> Response:
    """Show what lets me in; a fresh token's secret stands in this answer and nowhere else."""
    desk, person = desk_of(request), visitor.person
    sessions: list[dict[str, Any]] = [
        {"one": one, "named": browser_named(one.name), "this": one.digest == visitor.session}
        for one in accounts.passes_of(desk.engine, person, "session")
    ]
    return page(
        request,
        "mine" if request.headers.get("HX-Request") else "me",
        visitor,
        sessions=sorted(sessions, key=lambda one: not one["this"]),
        tokens=accounts.passes_of(desk.engine, person, "token"),
        scopes={right: means for right, means in MEANS.items() if right in RIGHTS[person.role]},
        has_password=accounts.has_password(desk.engine, person),
        secret=secret,
        named=named,
        changed=changed,
    )


def browser_named(agent: str) -> str:
    """Return what a User-Agent is, as people call it."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "A browser")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return f"{browser} on {system}" if system else browser
