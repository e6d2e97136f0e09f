"""The plan in the formats other tools import: a table (CSV, RFC 4180) and a calendar (RFC 5545)."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime

from icalendar import Calendar, Event

from aboveboard.brief import Brief
from aboveboard.manifest import folder, picture_name
from aboveboard.record import Recorded

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # https://owasp.org/www-community/attacks/CSV_Injection


def plan_csv(chosen: Sequence[Recorded], brief: Brief) -> bytes:
    """Return the plan as a table that spreadsheets and schedulers import: one post a row."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    columns = ["date", "time", "timezone", "channel", "language", "variant", "text", "link", "image", "alt_text"]
    table.writerow(columns)
    for one in chosen:
        draft = one.judged.draft
        image = f"{folder(draft)}/{picture_name(draft.picture)}" if draft.picture else ""
        at = draft.slot.at
        row = [f"{at:%Y-%m-%d}", f"{at:%H:%M}", brief.schedule.timezone, draft.slot.channel, draft.slot.language]
        row += [
            draft.variant,
            draft.post,
            brief.action.link,
            image,
            draft.picture.alt_text if draft.picture else "",
        ]
        table.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row])
    return out.getvalue().encode()


def plan_ics(chosen: Sequence[Recorded], created_at: datetime) -> bytes:
    """Return the plan as a calendar (RFC 5545): one event a post, in UTC."""
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
        calendar.add_component(event)
    data: bytes = calendar.to_ical()
    return data
