"""Another time for a post: whether it can be, before the guards say whether it may."""

from datetime import UTC, datetime

from aboveboard.brief import Brief
from aboveboard.errors import ReviewError
from aboveboard.plan import Slot


def read_time(text: str, brief: Brief) -> datetime:
    """Return a moment as people write it, by the campaign's clock where it names no offset.

    Raises ReviewError where it is none, or where the clock skips it (summer time begins).
    """
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ReviewError(f"'{text[:40]}' is no time. Write it as 2027-03-31T10:30.") from None
    if at.tzinfo is not None:
        return at.astimezone(brief.zone)
    local = at.replace(tzinfo=brief.zone)
    back = local.astimezone(UTC).astimezone(brief.zone)
    if back.replace(tzinfo=None) != at:
        raise ReviewError(
            f"{at:%H:%M} doesn't exist on {at:%Y-%m-%d} in {brief.schedule.timezone}: the clock goes forward. "
            f"The next time there is {back:%H:%M}."
        )
    return local


def moved(slot: Slot, to: datetime, brief: Brief, now: datetime) -> Slot:
    """Return the slot at another time; its id stays, for it names the post and not its hour.

    Raises ReviewError where that time is past, or outside of the campaign.
    """
    plan = brief.schedule
    day = to.astimezone(brief.zone).date()
    if to <= now:
        raise ReviewError(f"{to:%Y-%m-%d %H:%M} is past. Choose a time to come.")
    if not plan.starts <= day <= plan.ends:
        raise ReviewError(f"{day} is outside of the campaign, which runs from {plan.starts} to {plan.ends}.")
    if to == slot.at:
        raise ReviewError("It stands at that time already.")
    return slot.model_copy(update={"at": to})
