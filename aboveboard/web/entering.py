"""Signing in and out, and the one-time links by which people come to a password."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from aboveboard import accounts
from aboveboard.errors import AccountError
from aboveboard.people import Person
from aboveboard.web.access import Visitor, cookie_name, may, refuse_strangers, signed, visitor_of
from aboveboard.web.desk import TRIES, desk_of
from aboveboard.web.rendering import page

router = APIRouter()
Text = Annotated[str, Form(max_length=400)]
SLOWER = "Too many tries. Wait five minutes, then try again."


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/") -> Response:
    if visitor_of(request):
        return RedirectResponse(inside(next), 303)
    return sign_in_again(request, (), 200, "", inside(next))


@router.post("/sign-in", dependencies=[Depends(refuse_strangers)])
def sign_in(request: Request, email: Text = "", password: Text = "", next: Text = "/") -> Response:
    desk = desk_of(request)
    came_from = request.client.host if request.client else "nowhere"
    keys = ("address", came_from), ("account", email.strip().casefold())
    problems: tuple[str, ...] = (SLOWER,)
    status = 429
    if all([desk.limiter.hit(TRIES, *key) for key in keys]):
        try:
            return let_in(request, accounts.sign_in(desk.engine, email, password), inside(next))
        except AccountError as error:
            problems, status = error.problems, 401
    return sign_in_again(request, problems, status, email, inside(next))


@router.get("/welcome/{token}")
def welcome(request: Request, token: str) -> Response:
    person = accounts.invited(desk_of(request).engine, token)
    return page(request, "welcome", None, invited=person, token=token, problems=(), name="", email="")


@router.post("/welcome/{token}", dependencies=[Depends(refuse_strangers)])
def accept(request: Request, token: str, password: Text = "", name: Text = "", email: Text = "") -> Response:
    desk = desk_of(request)
    invited = accounts.invited(desk.engine, token)
    try:
        person = accounts.accept(desk.engine, token, password, name, email)
    except AccountError as error:
        told: dict[str, Any] = {
            "invited": invited,
            "token": token,
            "problems": error.problems,
            "name": name,
            "email": email,
        }
        return page(request, "welcome", None, 422, **told)
    return let_in(request, person, "/")


@router.post("/sign-out")
def sign_out(request: Request, visitor: Annotated[Visitor, Depends(may("read"))]) -> Response:
    desk = desk_of(request)
    accounts.revoke(desk.engine, visitor.person, visitor.session)
    gone = RedirectResponse("/sign-in", 303)
    gone.delete_cookie(cookie_name(desk), path="/", secure=desk.secure, httponly=True, samesite="lax")
    return gone


def let_in(request: Request, person: Person, to: str) -> Response:
    """Open a session for somebody and send them on."""
    desk = desk_of(request)
    secret = accounts.issue(desk.engine, "session", person, request.headers.get("User-Agent", "")[:200])
    there = RedirectResponse(to, 303)
    lasts = int(accounts.LASTS["session"].total_seconds())
    there.set_cookie(
        cookie_name(desk), signed(desk, secret), lasts, path="/", secure=desk.secure, httponly=True, samesite="lax"
    )
    return there


def sign_in_again(
    request: Request, problems: tuple[str, ...], status: int, email: str = "", next: str = "/"
) -> Response:
    """Show the page to sign in on, and why it didn't work where it didn't."""
    told: dict[str, Any] = {"next": next, "problems": problems, "email": email, "elsewhere": _elsewhere(request)}
    return page(request, "sign_in", None, status, **told)


def address_of(request: Request) -> str:
    """Return where people reach this desk: as set, else as this request reached it."""
    return desk_of(request).project.settings.desk_url.rstrip("/") or str(request.base_url).rstrip("/")


def inside(address: str) -> str:
    """Return an address on this desk, whatever was asked for: nobody is sent to another site from here."""
    plain = address.startswith("/") and not address.startswith("//")
    return address if plain and "\\" not in address and address.isprintable() else "/"


def _elsewhere(request: Request) -> str:
    """The name of the identity provider people may sign in with, where one is set."""
    settings = desk_of(request).project.settings
    return settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or ""
