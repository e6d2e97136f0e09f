"""Whether the desk lives, and whether it can do its work: for whatever restarts it or sends people to it."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from aboveboard.database import HEAD, revision_of
from aboveboard.web.desk import desk_of

router = APIRouter()


@router.get("/healthz")
def lives() -> Response:
    """Say that the process answers; nothing else is looked at."""
    return PlainTextResponse("ok")


@router.get("/readyz")
def ready(request: Request) -> Response:
    """Say whether each thing it needs is there, by name alone: strangers may ask. 503 where one isn't."""
    desk = desk_of(request)
    checks = {"database": _database(desk.engine), "classifier": desk.warm.is_set()}
    told = {name: "ok" if fine else "not ready" for name, fine in checks.items()}
    return JSONResponse(told, 200 if all(checks.values()) else 503)


def _database(engine: Engine) -> bool:
    try:
        return revision_of(engine) == HEAD
    except DBAPIError:
        return False
