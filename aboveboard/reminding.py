"""Deadlines of review: who is reminded when, and who is told once one has passed.

A draft is to be decided some hours before it goes out. Ahead of that the reviewers are reminded, once; after it
the admins are told, once. One message covers all that is due; it holds numbers and campaigns, no words.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import select

from aboveboard.clock import now
from aboveboard.digests import digest
from aboveboard.errors import WorkspaceError
from aboveboard.project import Project
from aboveboard.record import Recorded
from aboveboard.settings import Settings
from aboveboard.tables import keepsakes
from aboveboard.waiting import WAITING

Kind = Literal["remind", "escalate"]


class Notice(NamedTuple):
    """One draft about which somebody is to be told."""

    kind: Kind
    one: Recorded
    deadline: datetime


def deadline(one: Recorded, lead: timedelta) -> datetime:
    """Return by when a draft is to be decided."""
    return one.judged.draft.slot.at - lead


def due(waiting: Iterable[Recorded], at: datetime, lead: timedelta, ahead: timedelta) -> list[Notice]:
    """Return whom to tell of what now: reviewers ahead of a deadline, admins after it. Pure."""
    notices: list[Notice] = []
    for one in waiting:
        by = deadline(one, lead)
        if one.judged.draft.slot.at <= at or at < by - ahead:
            continue
        notices.append(Notice("escalate" if at >= by else "remind", one, by))
    return notices


def remind(project: Project, *, dry_run: bool = False) -> list[Notice]:
    """Tell the reviewers and the admins what is due and hasn't been told yet; return what was.

    Raises WorkspaceError where somebody couldn't be told: nothing counts as told then.
    """
    settings = project.settings
    lead, ahead = timedelta(hours=settings.review_lead_hours), timedelta(hours=settings.remind_before_hours)
    waiting = project.store.queue(states=WAITING)
    told = [notice for notice in due(waiting, now(), lead, ahead) if not _told(project, notice)]
    if dry_run:
        return told
    for kind, where in (("remind", settings.notify), ("escalate", settings.escalate or settings.notify)):
        theirs = [notice for notice in told if notice.kind == kind]
        if not theirs or where is None:
            continue
        _send(where.get_secret_value(), *words(theirs, settings.desk_url))
        for notice in theirs:
            project.store.keep_once(f"notice.{kind}", _key(notice), lambda: b"told")
    return told


def words(notices: list[Notice], desk_url: str) -> tuple[str, str]:
    """Return title and text of the message for what is due: numbers, campaigns and the soonest deadline."""
    campaigns = ", ".join(sorted({notice.one.campaign for notice in notices}))
    number = f"{len(notices)} post" + ("" if len(notices) == 1 else "s")
    soonest = min(notice.deadline for notice in notices)
    late = notices[0].kind == "escalate"
    title = (
        f"{number} past {'its' if len(notices) == 1 else 'their'} review deadline"
        if late
        else f"{number} to review"
    )
    by = f"{soonest:%d %B %Y, %H:%M} {soonest.tzname()}"
    told = (
        f"{campaigns}: {number} {'should have been decided' if late else 'to be decided'} by {by} at the earliest."
    )
    return title, told + (f"\n{desk_url}" if desk_url else "")


def tell_of(settings: Settings, title: str, body: str) -> bool:
    """Tell those whom `escalate`, else `notify`, names; whether there is anybody. Raises WorkspaceError."""
    where = settings.escalate or settings.notify
    if where is not None:
        _send(where.get_secret_value(), title, body + (f"\n{settings.desk_url}" if settings.desk_url else ""))
    return where is not None


def _send(where: str, title: str, body: str) -> None:
    import apprise

    told = apprise.Apprise(
        asset=apprise.AppriseAsset(app_id="Aboveboard", app_desc="Aboveboard", async_mode=False)
    )
    wrong = [url for url in where.split() if not told.add(url)]
    if wrong or not told.notify(title=title, body=body):
        schemes = ", ".join(url.partition(":")[0] for url in (wrong or where.split()))
        raise WorkspaceError(
            f"Nobody could be told ({schemes}). Check ABOVEBOARD_NOTIFY and ABOVEBOARD_ESCALATE: addresses as "
            "Apprise reads them, with blanks between."
        )


def _told(project: Project, notice: Notice) -> bool:
    this = (keepsakes.c.kind == f"notice.{notice.kind}", keepsakes.c.key == _key(notice))
    with project.store.engine.connect() as connection:
        return connection.execute(select(keepsakes.c.key).where(*this)).first() is not None


def _key(notice: Notice) -> str:
    return digest([notice.one.plan_id, notice.one.id, notice.deadline.isoformat()])
