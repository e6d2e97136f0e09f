"""What people say to each other beside a draft. It is never part of the post, and goes into no bundle."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, insert, select

from aboveboard.clock import now
from aboveboard.database import writing
from aboveboard.errors import ReviewError
from aboveboard.record import Recorded
from aboveboard.tables import comments

LONGEST = 2_000  # characters


class Comment(NamedTuple):
    author: str
    text: str
    at: datetime


def add_comment(engine: Engine, one: Recorded, author: str, text: str) -> None:
    """Keep a comment on a draft. Raises ReviewError where it is empty or too long."""
    said = text.strip()
    if not said or len(said) > LONGEST:
        raise ReviewError(f"A comment has 1 to {LONGEST:,} characters; this one has {len(said):,}.")
    row = {"plan_id": one.plan_id, "draft": one.id, "author": author, "text": said, "at": now()}
    with writing(engine).begin() as connection:
        connection.execute(insert(comments).values(**row))


def comments_on(engine: Engine, one: Recorded) -> list[Comment]:
    """Return what was said of a draft and of those it was edited from, the oldest first."""
    line = {one.id, *(made.draft for made in one.decisions)}
    wanted = select(comments).where(comments.c.plan_id == one.plan_id, comments.c.draft.in_(line))
    with engine.connect() as connection:
        rows = connection.execute(wanted.order_by(comments.c.number)).all()
    return [Comment(row.author, row.text, row.at) for row in rows]
