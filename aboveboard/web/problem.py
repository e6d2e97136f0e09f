"""What the API says where it can't do as it was asked: problem details (RFC 9457), every problem at once."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from aboveboard.errors import AboveboardError, ReviewError, StoreError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

KIND = "application/problem+json"
MOST = 1_000_000  # bytes of a request
SAID = {
    400: "The request can't be read.",
    401: "No token, or none that is known here.",
    403: "The token's scopes, or its owner's role, don't allow it.",
    404: "There is no such thing in this workspace.",
    409: "It may not be done now: every reason is among the problems.",
    413: "The request is too large.",
    422: "The request says something it can't say; or its idempotency key was used for another request.",
}


class Problem(BaseModel):
    """Why something wasn't done."""

    model_config = ConfigDict(frozen=True)

    type: str = Field("about:blank", description="The kind of problem; about:blank says no more than the status.")
    title: str = Field(description="What the status means.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="All problems in one text.")
    problems: tuple[str, ...] = Field(description="Each reason: what is wrong, where, what to do.")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how the OpenAPI document tells of these refusals, beside those that any request may meet."""
    content = {KIND: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": SAID[status], "content": content}
        for status in sorted({400, 401, 403, 422, *statuses})
    }


def tell_problems(app: FastAPI) -> None:
    """Have an application answer in problem details, whatever goes wrong."""
    app.add_exception_handler(AboveboardError, _told)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _refused)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _unreadable)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _broken)


def problem(status: int, problems: Sequence[str], headers: Mapping[str, str] | None = None) -> Response:
    title = HTTPStatus(status).phrase
    told = Problem(title=title, status=status, detail=" ".join(problems), problems=tuple(problems))
    return JSONResponse(told.model_dump(mode="json"), status, headers=headers, media_type=KIND)


def status_of(error: AboveboardError) -> int:
    """Return 409 for what may not be decided, 404 or 503 for the store, 422 for what was asked wrongly."""
    if isinstance(error, StoreError):
        cause = (
            error.__cause__
        )  # the database's own, where nothing was wrong with the request; a DataError is ours
        return 503 if cause and not isinstance(cause, DataError) else 404
    return 409 if isinstance(error, ReviewError) else 422


def small_enough(app: "ASGIApp") -> "ASGIApp":
    """Return the application behind a gate that reads no more of a request than any has need of."""

    async def gate(scope: "Scope", receive: "Receive", send: "Send") -> None:
        seen = 0

        async def counted() -> "Message":
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MOST:
                raise HTTPException(413, f"A request has {MOST:,} bytes at most.")
            return message

        await app(scope, counted if scope["type"] == "http" else receive, send)

    return gate


def _told(_request: Request, error: AboveboardError) -> Response:
    return problem(status_of(error), error.problems)


def _refused(_request: Request, error: HTTPException) -> Response:
    known = {"Not Found": "There is nothing at this address.", "Method Not Allowed": "This address can't do that."}
    return problem(error.status_code, (known.get(error.detail, error.detail),), error.headers)


def _unreadable(_request: Request, error: RequestValidationError) -> Response:
    faults = error.errors()
    status = 400 if any(fault["type"] == "json_invalid" for fault in faults) else 422
    return problem(status, [_fault(fault) for fault in faults])


def _fault(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg'].removeprefix('Value error, ')}.".encode("utf-8", "replace").decode()


def _broken(_request: Request, _error: Exception) -> Response:
    return problem(500, ("Something broke here. Nothing of this request was kept. Try again, or tell an admin.",))
