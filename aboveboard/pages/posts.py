"""One post as the bundle's page shows it: as its channel would, with what each claim rests on beside it."""

import calendar
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from aboveboard.brief import Brief
from aboveboard.channel import Channel
from aboveboard.counting import count
from aboveboard.draft import Attempt
from aboveboard.finding import Finding
from aboveboard.manifest import Contents, ai_label, folder, picture_name, spent_facts
from aboveboard.marking import pieces
from aboveboard.policy import Policy
from aboveboard.record import Decision, Recorded

LAYOUTS = {"instagram": "picture-first", "pinterest": "picture-first"}
LAYOUTS |= dict.fromkeys(("bluesky", "mastodon", "threads", "x"), "thread")
HELD = {  # state: how it looks, its sign, what it means
    "flagged": ("review", "!", "waits for review"),
    "blocked": ("block", "×", "blocked"),
    "rejected": ("block", "×", "rejected"),
    "withdrawn": ("review", "–", "withdrawn"),
    "cleared": ("review", "–", "out of date"),
}
PLACES = {
    "caption": "post", "alt_text": "alt text", "image_text": "picture", "image_prompt": "what was to be painted",
    "cta": "buttons", "plan": "plan",
}  # fmt: skip
WEIGHTS = {"note": "note", "review": "needs a person", "block": "can't be posted"}
MODELS = {"classifier": "read so by a small model", "critic": "read so by a chat model"}  # no pattern met these
DONE = {
    "approve": "approved",
    "edit": "edited",
    "move": "moved",
    "recall": "recalled",
    "reject": "rejected",
    "rejudge": "judged anew",
    "withdraw": "withdrawn",
}


def anchor(one: Recorded) -> str:
    return f"{one.judged.draft.slot.id}-{one.judged.draft.variant}-{one.id[:4]}"


def post(one: Recorded, contents: Contents, *, held: bool = False) -> dict[str, Any]:
    """Return what the page shows of one draft; a draft held back has no picture in the bundle."""
    channel = contents.channels[one.judged.draft.slot.channel]
    return shown(one, contents.plan.brief, channel, contents.policy, held=held)


def shown(one: Recorded, brief: Brief, channel: Channel, policy: Policy, *, held: bool = False) -> dict[str, Any]:
    """Return a draft as people read it: its post as the channel shows it, and what each claim rests on."""
    draft = one.judged.draft
    findings = one.judged.inspection.findings
    facts = claims(one, brief)
    kind, sign, state = HELD[one.state] if held else ("pass", "✓", cleared_by(one))
    return {
        "id": anchor(one),
        "draft": draft.id[:12],
        "variant": draft.variant if brief.variants > 1 else "",
        "channel": channel.title,
        "layout": LAYOUTS.get(channel.id, "card"),
        "when": moment_named(draft.slot.at.astimezone(brief.zone)),
        "language": draft.slot.language,
        "pieces": pieces(draft.post, one.judged.inspection, brief.action.link),
        "length": length(draft.post, channel),
        "picture": _picture(one, held),
        "writer": draft.provenance.writer,
        "label": _label(ai_label(one, channel)),
        "state": state,
        "sign": sign,
        "kind": kind,
        "claims": [fact for fact in facts if fact["quotes"]],
        "named": [fact for fact in facts if not fact["quotes"]],
        "notes": notes(findings, policy),
        "spent": [_fact(brief, fact, draft.slot.language) for fact in (spent_facts(one, brief) if held else ())],
        "decisions": [_decision(made) for made in one.decisions],
        "attempts": [_attempt(attempt) for attempt in one.judged.attempts],
    }


def cleared_by(one: Recorded) -> str:
    """Return who cleared a draft, in a few words."""
    if one.decision and one.decision.action == "approve":
        return "approved by a person"
    if any(made.action == "edit" for made in one.decisions):
        return "edited by a person, cleared by the guards"
    return "cleared by the guards"


def length(text: str, channel: Channel) -> str:
    """Return how long a post is of how long it may be, in words that need no glossary."""
    unit = {"bytes": "bytes", "weighted": "weighted characters"}.get(channel.text.unit, "characters")
    return f"{count(text, channel):,} of {channel.text.value:,} {unit}"


def claims(one: Recorded, brief: Brief) -> list[dict[str, Any]]:
    """Return each fact the draft rests on or names, with its source and the words that rest on it."""
    draft, quotes = one.judged.draft, _quotes(one)
    known = [fact for fact in dict.fromkeys([*quotes, *draft.caption.facts]) if brief.fact(fact)]
    return [_fact(brief, fact, draft.slot.language) | {"quotes": quotes.get(fact, [])} for fact in known]


def _quotes(one: Recorded) -> dict[str, list[dict[str, str]]]:
    places: dict[str, dict[str, list[str]]] = {}
    order = list(PLACES)
    supports = sorted(one.judged.inspection.supports, key=lambda s: (order.index(s.asset), s.start, s.end))
    for support in supports:
        where = places.setdefault(support.fact, {}).setdefault(support.quote, [])
        where += [PLACES[support.asset]] if PLACES[support.asset] not in where else []
    return {
        fact: [{"words": words, "where": _listed(where)} for words, where in quoted.items()]
        for fact, quoted in places.items()
    }


def _fact(brief: Brief, fact_id: str, language: str) -> dict[str, Any]:
    fact = brief.fact(fact_id)
    assert fact is not None  # asked for by the ids of the brief's own facts
    for said_in in (language, brief.languages[0], *brief.languages):
        statement = brief.says(fact.statement, said_in)
        if statement:
            break
    until = fact.expires or fact.ends
    day = until.astimezone(brief.zone).date() if isinstance(until, datetime) else until
    holds = f"holds until {day_named(day)}" if day else ""
    return {"says": statement, "language": said_in, "source": fact.source, "holds": holds, "quotes": []}


def notes(findings: Iterable[Finding], policy: Policy) -> list[dict[str, Any]]:
    """Return what each rule found, the weightiest first: its words, why, a way out, and the law."""
    by_rule: dict[str, list[Finding]] = {}
    order = list(PLACES)
    for finding in sorted(findings, key=lambda one: (-one.severity.rank, order.index(one.asset), one.start)):
        by_rule.setdefault(finding.rule, []).append(finding)
    return [_note(found, policy) for found in by_rule.values()]


def _note(found: list[Finding], policy: Policy) -> dict[str, Any]:
    first = found[0]
    laws = [law for law_id in first.law if (law := policy.law(law_id))]
    return {
        "rule": policy.titled(first.rule),
        "weight": first.severity.value,
        "means": WEIGHTS[first.severity.value],
        "by": MODELS.get(first.layer, ""),
        "quotes": [_quote(finding) for finding in found],
        "fixes": list(dict.fromkeys(finding.fix for finding in found)),
        "laws": [{"name": f"{law.title}, {law.article}", "url": _https(law.url)} for law in laws],
    }


def _quote(finding: Finding) -> dict[str, Any]:
    told = [evidence.says for evidence in finding.evidence if evidence.kind != "cue"]
    return {
        "weight": finding.severity.value,
        "words": finding.quote if len(finding.quote) <= 160 else f"{finding.quote[:159]}…",
        "where": PLACES[finding.asset],
        "why": told or [finding.message],
    }


def _https(url: str) -> str:
    return url if url.startswith("https://") else ""


def _picture(one: Recorded, held: bool) -> dict[str, Any]:
    draft = one.judged.draft
    picture = draft.picture
    if picture is None:
        return {}
    return {
        "file": "" if held else f"{folder(draft)}/{picture_name(picture)}",
        "alt": picture.alt_text,
        "width": picture.width,
        "height": picture.height,
        "painter": picture.provider,
    }


def _decision(made: Decision) -> dict[str, str]:
    done = f"{DONE[made.action].capitalize()} by the {made.role or 'reviewer'}, {moment_named(made.at)} UTC"
    return {"done": done, "reason": made.reason}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    messages: Iterable[str] = dict.fromkeys(finding.message for finding in attempt.findings)
    return {"post": attempt.post, "why": list(messages)}


def _label(label: dict[str, Any]) -> str:
    made = f"text {label['text']}" + ("; picture made by a model" if label["image"] else "")
    field = label["channel_field"]
    return f"{made}. When posting, set {field}." if field else f"{made}. The channel has no field for it."


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def day_named(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def moment_named(at: datetime) -> str:
    return f"{calendar.day_abbr[at.weekday()]} {day_named(at.date())}, {at:%H:%M}"
