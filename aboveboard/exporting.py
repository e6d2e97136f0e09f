"""The plan in the formats other tools import: a table (CSV, RFC 4180) and a calendar (RFC 5545)."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime

from icalendar import Calendar, Event

from aboveboard.brief import Brief
from aboveboard.manifest import folder, picture_name
from aboveboard.record import Recorded

COLUMNS = ["date", "time", "timezone", "channel", "language", "variant", "text", "link", "image", "alt_text"]
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # https://owasp.org/www-community/attacks/CSV_Injection


def plan_csv(chosen: Sequence[Recorded], brief: Brief) -> bytes:
    """Return the plan as a table that spreadsheets and schedulers import: one post a row.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for one in chosen:
        table.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in _row(one, brief)])
    return out.getvalue().encode()


def _row(one: Recorded, brief: Brief) -> list[str]:
    draft = one.judged.draft
    slot, picture = draft.slot, draft.picture
    at = slot.at.astimezone(brief.zone)
    image = f"{folder(draft)}/{picture_name(picture)}" if picture else ""
    place = [f"{at:%Y-%m-%d}", f"{at:%H:%M}", brief.schedule.timezone, slot.channel, slot.language, draft.variant]
    return [*place, draft.post, brief.action.link, image, picture.alt_text if picture else ""]


def plan_ics(chosen: Sequence[Recorded], created_at: datetime) -> bytes:
    """Return the plan as a calendar (RFC 5545): one event a post, in UTC, that makes nobody busy."""
    calendar = Calendar()
    calendar.add("prodid", "-//Aboveboard//editorial plan//EN")
    calendar.add("version", "2.0")
    for one in chosen:
        draft = one.judged.draft
        event = Event()
        event.add("uid", f"{draft.id[:32]}@aboveboard")
        event.add("dtstamp", created_at.astimezone(UTC))
        event.add("dtstart", draft.slot.at.astimezone(UTC))
        event.add("summary", f"{draft.slot.channel}: {draft.caption.headline}")
        event.add("description", draft.post)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    data: bytes = calendar.to_ical()
    return data
