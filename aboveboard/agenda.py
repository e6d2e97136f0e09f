"""What stands in the calendar: every live draft of each campaign's newest plan, between two moments."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, and_, exists, func, or_, select

from aboveboard.draft import State
from aboveboard.tables import decisions, drafts, plans


class Entry(NamedTuple):
    """One draft in the calendar. `recalled`: it was cleared once, and came back."""

    plan_id: str
    id: str
    campaign: str
    slot_id: str
    variant: str
    channel: str
    language: str
    at: datetime
    state: State
    words: str
    recalled: bool


def newest_plans(engine: Engine) -> dict[str, str]:
    """Return the newest plan of each campaign, the newest campaign first."""
    last = select(func.max(plans.c.number)).group_by(plans.c.campaign)
    wanted = select(plans.c.campaign, plans.c.id).where(plans.c.number.in_(last)).order_by(plans.c.number.desc())
    with engine.connect() as connection:
        return {row.campaign: row.id for row in connection.execute(wanted)}


def agenda(engine: Engine, plan_ids: list[str], since: datetime, until: datetime) -> list[Entry]:
    """Return what is to be posted from `since` to before `until`, in order of time."""
    this = or_(decisions.c.draft == drafts.c.id, decisions.c.replacement == drafts.c.id)
    of_draft = and_(decisions.c.plan_id == drafts.c.plan_id, this)
    recalled = exists().where(of_draft, decisions.c.action == "recall").label("recalled")
    columns = (
        drafts.c[name] for name in ("plan_id", "id", "slot_id", "variant", "channel", "language", "at", "state")
    )
    wanted = select(*columns, plans.c.campaign, drafts.c.draft["post"].as_string().label("words"), recalled)
    wanted = wanted.join_from(drafts, plans, drafts.c.plan_id == plans.c.id).where(
        drafts.c.plan_id.in_(plan_ids),
        drafts.c.at >= since,
        drafts.c.at < until,
        drafts.c.state.notin_(("superseded", "rejected")),
    )
    with engine.connect() as connection:
        rows = connection.execute(wanted.order_by(drafts.c.at, drafts.c.place, drafts.c.id)).all()
    return [Entry(**{name: getattr(row, name) for name in Entry._fields}) for row in rows]
