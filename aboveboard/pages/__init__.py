"""The bundle's page: the plan as people read it, in one file that opens from disk and loads nothing else."""

import calendar
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

from aboveboard.brief import Brief
from aboveboard.counting import count
from aboveboard.draft import Attempt
from aboveboard.finding import Finding, Support
from aboveboard.manifest import Contents, ai_label, folder, picture_name
from aboveboard.policy import Policy
from aboveboard.record import Recorded

PICTURE_FIRST = {"instagram", "pinterest"}
SIGNS = {"flagged": "!", "blocked": "×", "rejected": "×", "withdrawn": "–", "superseded": "–"}
KINDS = {
    "flagged": "review",
    "blocked": "block",
    "rejected": "block",
    "withdrawn": "review",
    "superseded": "review",
}


def bundle_page(contents: Contents, chosen: Sequence[Recorded]) -> str:
    """Return index.html. Every text in it is escaped: captions are data."""
    from jinja2 import Environment, StrictUndefined

    source = (files("aboveboard.pages") / "bundle.html.j2").read_text(encoding="utf-8")
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(source)
    return page.render(page_data(contents, chosen))


def page_data(contents: Contents, chosen: Sequence[Recorded]) -> dict[str, Any]:
    """Return what the page shows, in plain words and in order."""
    brief, policy = contents.plan.brief, contents.policy
    held = [one for one in contents.recorded if one not in chosen and one.state != "superseded"]
    return {
        "title": brief.says(brief.title, brief.languages[0]),
        "brand": brief.brand.name,
        "palette": brief.brand.palette,
        "period": f"{_day(brief.schedule.starts)} to {_day(brief.schedule.ends)}",
        "timezone": brief.schedule.timezone,
        "rules": len(policy.rules),
        "responsible": brief.disclosure.responsible,
        "counts": counts(contents.recorded, chosen),
        "weekdays": list(calendar.day_abbr),
        "weeks": weeks(brief, [(one, False) for one in chosen] + [(one, True) for one in held]),
        "posts": [_post(one, contents) for one in chosen],
        "held": [_post(one, contents) for one in held],
        "plan_id": contents.plan.id[:16],
        "policy_digest": policy.digest[:16],
    }


def counts(recorded: Sequence[Recorded], chosen: Sequence[Recorded]) -> list[dict[str, Any]]:
    """Return the chips at the top: what is in the plan, what waits, what is blocked."""
    states = [one.state for one in recorded]
    waiting, blocked = states.count("flagged"), states.count("blocked") + states.count("rejected")
    chips = [{"kind": "pass", "sign": "✓", "number": len(chosen), "word": "in the plan"}]
    chips += [{"kind": "review", "sign": "!", "number": waiting, "word": "waiting for review"}] if waiting else []
    chips += [{"kind": "block", "sign": "×", "number": blocked, "word": "blocked or rejected"}] if blocked else []
    return chips


def weeks(brief: Brief, entries: Sequence[tuple[Recorded, bool]]) -> list[list[dict[str, Any]]]:
    """Return the weeks of the schedule, Monday first, each day with its posts in order of time."""
    by_day: dict[date, list[dict[str, Any]]] = {}
    for one, held in sorted(entries, key=lambda entry: entry[0].judged.draft.slot.at):
        slot = one.judged.draft.slot
        shown = {"id": anchor(one), "time": f"{slot.at:%H:%M}", "channel": slot.channel, "held": held}
        by_day.setdefault(slot.at.date(), []).append(shown)
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


def anchor(one: Recorded) -> str:
    return f"{one.judged.draft.slot.id}-{one.judged.draft.variant}-{one.judged.draft.id[:4]}"


def _post(one: Recorded, contents: Contents) -> dict[str, Any]:
    draft, brief = one.judged.draft, contents.plan.brief
    channel = contents.channels[draft.slot.channel]
    picture = draft.picture
    return {
        "id": anchor(one),
        "draft": draft.id[:12],
        "variant": draft.variant,
        "channel": channel.title,
        "when": _moment(draft.slot.at),
        "language": draft.slot.language,
        "text": draft.post,
        "length": f"{count(draft.post, channel)} of {channel.text.value} {channel.text.unit}",
        "picture_first": draft.slot.channel in PICTURE_FIRST,
        "image": f"{folder(draft)}/{picture_name(picture)}" if picture else "",
        "alt": picture.alt_text if picture else "",
        "width": picture.width if picture else 0,
        "height": picture.height if picture else 0,
        "painter": picture.provider if picture else "",
        "writer": draft.provenance.writer,
        "label": _label(ai_label(draft, channel)),
        "facts": ", ".join(draft.caption.facts),
        "state": one.state,
        "sign": SIGNS.get(one.state, "✓"),
        "kind": KINDS.get(one.state, "pass"),
        "cleared_by": "approved by a person" if one.decisions else "cleared by the guards",
        "supports": [_support(support, brief) for support in one.judged.inspection.supports],
        "notes": [_note(finding, contents.policy) for finding in one.judged.inspection.findings],
        "decisions": [f"{d.action} by {d.role}, {_moment(d.at)}. {d.reason}" for d in one.decisions],
        "attempts": [_attempt(attempt) for attempt in one.judged.attempts],
    }


def _support(support: Support, brief: Brief) -> dict[str, str]:
    fact = brief.fact(support.fact)
    return {"quote": support.quote, "says": support.says, "source": fact.source if fact else ""}


def _note(finding: Finding, policy: Policy) -> dict[str, str]:
    rule = policy.rule(finding.rule)
    laws = [law for law_id in finding.law if (law := policy.law(law_id))]
    return {
        "rule": rule.title if rule else finding.rule,
        "severity": finding.severity.value,
        "quote": finding.quote,
        "message": finding.message,
        "fix": finding.fix,
        "law": "; ".join(f"{law.title}, {law.article}" for law in laws),
    }


def _attempt(attempt: Attempt) -> dict[str, str]:
    return {"post": attempt.post, "why": "; ".join(finding.message for finding in attempt.findings)}


def _label(label: dict[str, Any]) -> str:
    made = "text and image made with AI" if label["image"] else "text made with AI"
    field = label["channel_field"]
    return f"{made}; set {field} when posting" if field else f"{made}; the channel has no field for it"


def _day(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def _moment(at: datetime) -> str:
    return f"{calendar.day_abbr[at.weekday()]} {_day(at.date())}, {at:%H:%M}"
