"""The desk as one ASGI application: pages, the API, and what holds for every answer."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from aboveboard import __version__
from aboveboard.errors import AboveboardError
from aboveboard.project import Project
from aboveboard.running import stop_strays
from aboveboard.web import (
    alike,
    assets,
    audit,
    briefs,
    calendar,
    elsewhere,
    entering,
    health,
    me,
    people,
    policy,
    queue,
    runs,
)
from aboveboard.web.access import SignInNeeded, visitor_of
from aboveboard.web.api import ADDRESS, make_api
from aboveboard.web.desk import Desk, desk_of, open_desk
from aboveboard.web.problem import problem, small_enough, status_of
from aboveboard.web.rendering import page

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).with_name("static")
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}
ROUTERS = (
    health.router,
    entering.router,
    elsewhere.router,
    queue.router,
    alike.router,
    assets.router,
    briefs.router,
    runs.router,
    calendar.router,
    policy.router,
    audit.router,
    people.router,
    me.router,
)


def make_app(project: Project) -> FastAPI:
    """Return the application that serves this workspace."""
    app = FastAPI(title="Aboveboard", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = open_desk(project)
    stop_strays(project.store.engine)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.mount(ADDRESS, make_api(app.state.desk), name="api")
    app.add_exception_handler(SignInNeeded, _to_sign_in)
    app.add_exception_handler(AboveboardError, _told)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _refused)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(Exception, _broken)
    app.add_middleware(small_enough)
    app.add_middleware(without_nul)
    app.add_middleware(elsewhere.remembering, desk=app.state.desk)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_hosts(project))
    app.add_middleware(with_headers, desk=app.state.desk)  # added last, it is outermost: every answer passes it
    return app


def without_nul(app: "ASGIApp") -> "ASGIApp":
    """Return the application behind a gate for addresses with a NUL: no id has one, and PostgreSQL balks."""

    async def gate(scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == "http" and "\0" in scope["path"]:
            answer = _say(Request(scope), ("There is nothing here.",), 404)
            await answer(scope, receive, send)
        else:
            await app(scope, receive, send)

    return gate


def with_headers(app: "ASGIApp", desk: Desk) -> "ASGIApp":
    """Return the application with what every answer bears; pages are kept by nobody on the way."""

    async def headed(scope: "Scope", receive: "Receive", send: "Send") -> None:
        async def told(message: "Message") -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), scope["path"], desk)
            await send(message)

        await app(scope, receive, told if scope["type"] == "http" else send)

    return headed


def _add_headers(headers: MutableHeaders, path: str, desk: Desk) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if not path.startswith(("/static/", "/pictures/")):
        headers.setdefault("Cache-Control", "no-store")
    if desk.secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"


def _hosts(project: Project) -> list[str]:
    """Return the names this desk answers to: another name pointed at it is somebody's trick (DNS rebinding)."""
    public = urlsplit(project.settings.desk_url).hostname
    return [*({public} if public else ()), "localhost", "127.0.0.1", "[::1]"]


async def _to_sign_in(request: Request, _error: Exception) -> Response:
    if request.headers.get("HX-Request"):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    back = f"?next={quote(request.url.path)}" if request.method == "GET" and request.url.path != "/" else ""
    return RedirectResponse(f"/sign-in{back}", 303)


def _told(request: Request, error: AboveboardError) -> Response:
    return _say(request, error.problems, status_of(error))


def _refused(request: Request, error: HTTPException) -> Response:
    known = {404: "There is nothing here.", 405: "This page can't do that."}
    told = (
        known.get(error.status_code, error.detail)
        if error.detail in ("Not Found", "Method Not Allowed")
        else error.detail
    )
    return _say(request, (told,), error.status_code)


def _unreadable(request: Request, error: Exception) -> Response:
    return _say(request, ("The desk couldn't read what this page sent. Load the page again.",), 422)


def _broken(request: Request, error: Exception) -> Response:
    """Answer what nobody foresaw. This passes no middleware, so its headers are added here."""
    answer = _say(
        request,
        (f"The desk broke off ({type(error).__name__}). Nothing of this was kept; its log says more.",),
        500,
    )
    _add_headers(answer.headers, request.url.path, desk_of(request))
    return answer


def _say(request: Request, problems: tuple[str, ...], status: int) -> Response:
    """Say what is wrong: as a notice to htmx, which stays where it was, else as a page."""
    if request.headers.get("HX-Request"):
        headers = {"HX-Retarget": "#notices", "HX-Reswap": "afterbegin"}
        return page(request, "notice", None, status, headers, problems=problems)
    if request.url.path.startswith(f"{ADDRESS}/"):  # a line's end in a path is led to no mounted application
        return problem(status, problems)
    if "text/html" not in request.headers.get("Accept", "text/html"):
        return PlainTextResponse("\n".join(problems), status)
    return page(request, "wrong", visitor_of(request), status, problems=problems)
