"""The bundle's page: the plan as people read it, in one file that opens from disk and loads nothing else."""

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from aboveboard.brief import Brief
from aboveboard.manifest import Contents
from aboveboard.pages.posts import anchor, day_named, post
from aboveboard.record import Recorded


def bundle_page(contents: Contents, chosen: Sequence[Recorded]) -> str:
    """Return index.html. Every text in it is escaped: captions are data."""
    return _template().render(page_data(contents, chosen))


@cache
def _template() -> Template:
    loader = PackageLoader("aboveboard", "pages")
    page = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return page.get_template("bundle.html.j2")


def page_data(contents: Contents, chosen: Sequence[Recorded]) -> dict[str, Any]:
    """Return what the page shows, in plain words and in order."""
    brief, policy = contents.plan.brief, contents.policy
    inside = {one.id for one in chosen}
    held = [one for one in contents.recorded if one.id not in inside and one.state != "superseded"]
    return {
        "title": brief.says(brief.title, brief.languages[0]),
        "language": brief.languages[0],
        "brand": brief.brand.name,
        "palette": brief.brand.palette,
        "period": f"{day_named(brief.schedule.starts)} to {day_named(brief.schedule.ends)}",
        "timezone": brief.schedule.timezone,
        "rules": len(policy.rules),
        "responsible": brief.disclosure.responsible,
        "sponsor": (brief.disclosure.partner or "a partner") if brief.disclosure.sponsored else "",
        "counts": counts(held, chosen),
        "weekdays": list(calendar.day_name),
        "weeks": weeks(brief, [(one, False) for one in chosen] + [(one, True) for one in held]),
        "posts": [post(one, contents) for one in chosen],
        "held": [post(one, contents, held=True) for one in held],
        "plan_id": contents.plan.id[:16],
        "policy_digest": policy.digest[:16],
    }


def counts(held: Sequence[Recorded], chosen: Sequence[Recorded]) -> list[dict[str, Any]]:
    """Return the chips at the top: what is in the plan, what waits, what is out."""
    waiting = sum(one.state == "flagged" for one in held)
    out = len(held) - waiting
    chips = [{"kind": "pass", "sign": "✓", "number": len(chosen), "word": "in the plan"}]
    chips += [{"kind": "review", "sign": "!", "number": waiting, "word": "waiting for review"}] if waiting else []
    chips += [{"kind": "block", "sign": "×", "number": out, "word": "blocked or left out"}] if out else []
    return chips


def weeks(brief: Brief, entries: Sequence[tuple[Recorded, bool]]) -> list[list[dict[str, Any]]]:
    """Return the weeks of the schedule, Monday first, each day with its posts in order of time."""
    by_day: dict[date, list[dict[str, Any]]] = {}
    for one, held in sorted(entries, key=lambda entry: entry[0].judged.draft.slot.at):
        at = one.judged.draft.slot.at.astimezone(brief.zone)
        shown = {"id": anchor(one), "time": f"{at:%H:%M}", "words": _briefly(one, brief), "held": held}
        by_day.setdefault(at.date(), []).append(shown)
    first, last = brief.schedule.starts, brief.schedule.ends
    monday = first - timedelta(days=first.weekday())
    days = [monday + timedelta(days=n) for n in range((last - monday).days // 7 * 7 + 7)]
    cells = [
        {
            "name": f"{day.day} {calendar.month_abbr[day.month]}",
            "out": not first <= day <= last,
            "entries": by_day.get(day, []),
        }
        for day in days
    ]
    return [cells[n : n + 7] for n in range(0, len(cells), 7)]


def _briefly(one: Recorded, brief: Brief) -> str:
    draft = one.judged.draft
    words = [draft.slot.channel]
    words += [draft.slot.language] if len(brief.languages) > 1 else []
    words += [draft.variant] if brief.variants > 1 else []
    return " ".join(words)
