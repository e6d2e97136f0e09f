"""Signing in with an identity provider: OpenID Connect, the code flow with PKCE, state and nonce.

Whom the provider vouches for comes in only if they were invited under an address it has verified. What is kept
between the two steps stands in a signed cookie of ten minutes that only these two addresses are sent.
"""

import hashlib
import hmac
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from joserfc.errors import JoseError
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware

from aboveboard import accounts
from aboveboard.errors import AccountError
from aboveboard.web.desk import Desk, desk_of
from aboveboard.web.entering import address_of, let_in, sign_in_again

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

router = APIRouter(prefix="/sign-in")
SECONDS = 600
LOG = logging.getLogger("aboveboard.desk")
FAILURES = (AuthlibBaseError, JoseError, httpx.HTTPError, RuntimeError, ValueError, TypeError, KeyError)
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@router.get("/elsewhere")
async def leave(request: Request) -> Response:
    """Send somebody to the provider."""
    try:
        provider = await _provider(request)
        there: Response = await provider.authorize_redirect(request, f"{address_of(request)}/sign-in/back")
    except FAILURES as error:
        return _failed(request, error)
    return there


@router.get("/back")
async def come_back(request: Request) -> Response:
    """Take what the provider sent along, have it confirmed, and let in whom it is."""
    desk = desk_of(request)
    try:
        provider = await _provider(request)
        wanted = {
            "iss": {"essential": True, "value": provider.server_metadata["issuer"]},
            "aud": {"essential": True, "value": provider.client_id},
        }
        told = (await provider.authorize_access_token(request, claims_options=wanted)).get("userinfo")
    except FAILURES as error:
        return _failed(request, error)
    if not told:
        return sign_in_again(request, ("The provider didn't say who you are. Try again, or tell an admin.",), 401)
    email = told.get("email") if told.get("email_verified") is True else None
    subject = f"{provider.server_metadata['issuer']} {told['sub']}"

    def enter() -> Response:
        person = accounts.sign_in_elsewhere(desk.engine, subject, str(email or ""), str(told.get("name") or ""))
        return let_in(request, person, "/")

    try:
        return await run_in_threadpool(enter)
    except AccountError as error:
        return sign_in_again(request, error.problems, 403)


def remembering(app: "ASGIApp", desk: Desk) -> "ASGIApp":
    """Return the application with a memory for the two steps of signing in elsewhere, and for nothing else."""
    memory = SessionMiddleware(
        app,
        secret_key=hmac.digest(desk.secret, b"aboveboard.desk.elsewhere", hashlib.sha256).hex(),
        session_cookie="__Secure-elsewhere" if desk.secure else "elsewhere",
        max_age=SECONDS,
        path="/sign-in",
        same_site="lax",
        https_only=desk.secure,
    )

    async def chosen(scope: "Scope", receive: "Receive", send: "Send") -> None:
        mine = scope["type"] == "http" and scope["path"] in ("/sign-in/elsewhere", "/sign-in/back")
        await (memory if mine else app)(scope, receive, send)

    return chosen


async def _provider(request: Request) -> Any:
    """Return the provider as it describes itself. HTTPException: none is set. ValueError: it isn't the one."""
    settings = desk_of(request).project.settings
    if not settings.oidc_issuer:
        raise HTTPException(404, "No identity provider is set here. Sign in with your password.")
    if not _private(settings.oidc_issuer):
        raise ValueError("oidc_issuer isn't an https:// address")
    known = getattr(request.app.state, "provider", None)
    if known is None:
        secret = settings.oidc_client_secret
        known = OAuth().register(
            "elsewhere",
            server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256", "timeout": 10},
        )
        request.app.state.provider = known
    described = await known.load_server_metadata()
    named = str(described.get("issuer", ""))
    if named.rstrip("/") != settings.oidc_issuer.rstrip("/"):
        raise ValueError("the provider calls itself by another name than oidc_issuer")
    if not all(_private(str(described.get(name, ""))) for name in ENDPOINTS):
        raise ValueError("the provider's addresses aren't all https://")
    return known


def _private(address: str) -> bool:
    """Whether nobody on the way can read what is sent there: TLS, or this very machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    )


def _failed(request: Request, error: Exception) -> Response:
    """Say that it didn't work; the log says of what kind it was, and never what was sent."""
    why = str(error) if type(error) is ValueError else type(error).__name__
    LOG.warning("signing in elsewhere failed: %s", why)
    if isinstance(error, httpx.HTTPError):
        return sign_in_again(request, ("The identity provider can't be reached. Try again in a moment.",), 502)
    return sign_in_again(request, ("That didn't work, or took too long. Try once more.",), 401)
