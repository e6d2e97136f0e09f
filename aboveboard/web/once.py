"""Doing what a request asks once, however often it is sent under one Idempotency-Key."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Header, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from aboveboard import replying
from aboveboard.digests import digest
from aboveboard.errors import AboveboardError
from aboveboard.web.bearing import Bearer
from aboveboard.web.desk import desk_of
from aboveboard.web.problem import problem, status_of

SLACK = timedelta(seconds=30)  # by which two machines' clocks may differ
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,200}$",
        description="A word of your own for this request. Sent again within a day it is answered, not done again.",
    ),
]


def once(
    request: Request,
    bearer: Bearer,
    key: str | None,
    body: BaseModel,
    do: Callable[[], BaseModel],
    done: Callable[[datetime], BaseModel | None],
) -> Response:
    """Do what is asked and answer 201, or repeat the answer that was given under this key.

    `done` looks whether this very thing was done since a moment: it is asked where an earlier try was cut off
    before its answer was kept.
    """
    if key is None:
        return JSONResponse(do().model_dump(mode="json"), 201)
    engine, person = desk_of(request).engine, bearer.person.id
    name = key[1:-1] if len(key) > 2 and key[0] == key[-1] == '"' else key  # the draft standard quotes it
    claim = replying.claim(engine, person, name, digest([request.method, request.url.path, body]))
    if not claim.mine:
        return _again(claim)
    try:
        status, told = _tried(do, lambda: done(claim.begun - SLACK) if claim.begun else None)
    except BaseException:
        replying.let_go(engine, person, name)
        raise
    replying.keep_reply(engine, person, name, status, told)
    return _reply(status, told)


def _tried(do: Callable[[], BaseModel], done: Callable[[], BaseModel | None]) -> tuple[int, Any]:
    """Return status and body; a refusal is an answer too, but what the database couldn't do is none."""
    try:
        return 201, (done() or do()).model_dump(mode="json")
    except AboveboardError as error:
        if status_of(error) >= 500:
            raise
        return status_of(error), list(error.problems)


def _again(claim: replying.Claim) -> Response:
    if not claim.same:
        raise HTTPException(422, "This Idempotency-Key was used for another request. Take a fresh one.")
    if claim.status is None:
        told = "The same request is being worked on this moment. Ask again soon."
        raise HTTPException(409, told, {"Retry-After": "2"})
    return _reply(claim.status, claim.body)


def _reply(status: int, told: Any) -> Response:
    return problem(status, told) if status >= 400 else JSONResponse(told, status)
