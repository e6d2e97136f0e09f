"""One asset: the post as its channel shows it, what was found in it, and what is to be done about it."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from aboveboard import commenting, deciding, review
from aboveboard.counting import count
from aboveboard.draft import Judged
from aboveboard.errors import WorkspaceError
from aboveboard.pages.posts import shown
from aboveboard.policy import Policy
from aboveboard.record import Action, Recorded
from aboveboard.waiting import WAITING
from aboveboard.web.access import Visitor, may
from aboveboard.web.desk import Desk, desk_of
from aboveboard.web.queue import address
from aboveboard.web.rendering import page

router = APIRouter()
Reader = Annotated[Visitor, Depends(may("read"))]
Writer = Annotated[Visitor, Depends(may("write"))]
Decider = Annotated[Visitor, Depends(may("decide"))]
Words = Annotated[str, Form(max_length=20_000)]
Line = Annotated[str, Form(max_length=2_000)]
DONE: Mapping[Action, str] = {
    "approve": "Approved",
    "edit": "Edited",
    "move": "Moved",
    "recall": "Recalled",
    "reject": "Rejected",
    "rejudge": "Judged anew",
    "withdraw": "Taken back",
}


@router.get("/assets/{plan}/{draft}")
def asset(request: Request, plan: str, draft: str, visitor: Reader) -> Response:
    desk = desk_of(request)
    one = found(desk, plan, draft)
    pane = request.headers.get("HX-Target") == "asset"
    return page(request, "asset_pane" if pane else "asset", visitor, **told(desk, one, visitor))


@router.get("/pictures/{digest}")
def picture(request: Request, digest: str, _: Reader) -> Response:
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise HTTPException(404)
    try:
        data = desk_of(request).project.picture(digest)
    except WorkspaceError:
        raise HTTPException(404, "There is no such picture here.") from None
    kind = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    return Response(data, media_type=kind, headers={"Cache-Control": "private, max-age=31536000, immutable"})


@router.get("/assets/{plan}/{draft}/suggestions")
def suggestions(request: Request, plan: str, draft: str, visitor: Writer) -> Response:
    desk = desk_of(request)
    one = found(desk, plan, draft)
    rewriting = deciding.suggestions_in(desk.project, one)
    return page(request, "suggestions", visitor, one=one, address=address(one), rewriting=rewriting)


@router.post("/assets/{plan}/{draft}/check")
def check(request: Request, plan: str, draft: str, visitor: Writer, text: Words = "") -> Response:
    """Judge other words without keeping anything: which findings went, which came."""
    desk = desk_of(request)
    one = found(desk, plan, draft)
    words = plain(text)
    fresh = deciding.judged_here(desk.project, one, one.judged.draft.model_copy(update={"post": words}))
    return page(request, "checked", visitor, **difference(one, fresh, desk, words))


@router.post("/assets/{plan}/{draft}/edit")
def edit(
    request: Request,
    plan: str,
    draft: str,
    visitor: Writer,
    text: Words = "",
    alt: Line = "",
    headline: Line = "",
    reason: Line = "",
    seen: Line = "",
) -> Response:
    """Put other words in a draft. Where alt text and headline are as they were, the picture stays as it is."""
    desk = desk_of(request)
    one = found(desk, plan, draft)
    old = one.judged.draft
    drawn = headline.strip() if old.picture and headline.strip() != old.caption.headline else ""
    told_anew = old.picture is not None and alt.strip() not in ("", old.picture.alt_text)
    after = deciding.reword_in(
        desk.project,
        one.name,
        plain(text),
        alt=alt.strip() if told_anew else None,
        headline=drawn or None,
        **by(visitor, reason, seen),
    )
    return _decided(request, desk, visitor, after, "edit", one)


@router.post("/assets/{plan}/{draft}/move")
def move(
    request: Request, plan: str, draft: str, visitor: Writer, to: Line = "", reason: Line = "", seen: Line = "",
    origin: Line = "",
) -> Response:  # fmt: skip
    """Give a post another time. From the calendar, the page is then drawn anew."""
    desk = desk_of(request)
    one = found(desk, plan, draft)
    after = deciding.move_in(desk.project, one.name, to, **by(visitor, reason, seen))
    if origin == "calendar":
        return Response(status_code=204, headers={"HX-Refresh": "true"})
    return _decided(request, desk, visitor, after, "move", one)


@router.post("/assets/{plan}/{draft}/{action}")
def decide(
    request: Request, plan: str, draft: str, action: Action, visitor: Decider, reason: Line = "", seen: Line = ""
) -> Response:
    desk = desk_of(request)
    one = found(desk, plan, draft)
    project = desk.project
    told_by = by(visitor, reason, seen)
    also = visitor.person.goes_by
    after = review.decide(project.store, one.name, action, policy=project.policy_digest, goes_by=also, **told_by)
    return _decided(request, desk, visitor, after, action, one)


@router.post("/assets/{plan}/{draft}/comments/add")
def comment(request: Request, plan: str, draft: str, visitor: Writer, text: Line = "") -> Response:
    desk = desk_of(request)
    one = found(desk, plan, draft)
    commenting.add_comment(desk.engine, one, visitor.person.id, text)
    return page(request, "comments", visitor, address=address(one), comments=_comments(desk, one))


def found(desk: Desk, plan: str, draft: str) -> Recorded:
    """Return a draft of this workspace. Raises StoreError where there is none."""
    return desk.project.store.find(f"{plan}:{draft}")


def told(desk: Desk, one: Recorded, visitor: Visitor) -> dict[str, Any]:
    """Return what the page of one asset shows."""
    project, draft, named = desk.project, one.judged.draft, desk.naming()
    plan = project.store.plan(one.plan_id)
    channel = project.channels[draft.slot.channel]
    look = shown(one, plan.brief, channel, project.policy, held=one.state != "cleared")
    return {
        "one": one,
        "post": look,
        "address": address(one),
        "brand": plan.brief.brand.name,
        "at": draft.slot.at.astimezone(plan.brief.zone).strftime("%Y-%m-%dT%H:%M"),
        "schedule": plan.brief.schedule,
        "title": plan.brief.says(plan.brief.title, plan.brief.languages[0]),
        "waits": one.state in WAITING,
        "length": count(draft.post, channel),
        "most": channel.text.value,
        "picture": draft.picture,
        "hindrances": hindrances(one, visitor, project.policy_digest),
        "rules": one.judged.verdict.rules,
        "variants": _variants(desk, one),
        "comments": _comments(desk, one),
        "history": [
            {
                "done": DONE.get(made.action, made.action),
                "by": named(made.actor),
                "role": made.role,
                "at": made.at,
                "reason": made.reason,
            }
            for made in reversed(one.decisions)
        ],
        "recalled": _recalled(one),
        "asked_by": named(one.triggered_by),
    }


def _recalled(one: Recorded) -> str:
    """Return why a draft that was cleared waits again, until somebody has decided on it."""
    last = one.decisions[-1] if one.decisions else None
    return last.reason if last and last.action == "recall" else ""


def hindrances(one: Recorded, visitor: Visitor, policy: str) -> list[str]:
    """Return why this visitor may not approve this draft, whatever their reason: told before they try."""
    if not visitor.may("decide"):
        can = "edit and comment" if visitor.may("write") else "read"
        return [f"As {visitor.person.role} you may {can}; a reviewer decides."]
    wanted = review.wanted(one, "approve", visitor.person.id, visitor.person.role, policy, reason="-")
    return review.refusals(one, wanted, visitor.person.goes_by)


def plain(text: str) -> str:
    """Return words from a form: browsers send CR LF for every line's end."""
    return text.replace("\r\n", "\n").strip()


def difference(one: Recorded, fresh: Judged, desk: Desk, words: str) -> dict[str, Any]:
    """Return which findings other words take away, which they bring, and which stay."""
    old = {(found.rule, found.quote): found for found in one.judged.inspection.findings if found.severity.rank}
    new = {(found.rule, found.quote): found for found in fresh.inspection.findings if found.severity.rank}
    channel = desk.project.channels[one.judged.draft.slot.channel]
    return {
        "gone": [_line(old[key], desk.project.policy) for key in old if key not in new],
        "came": [_line(new[key], desk.project.policy) for key in new if key not in old],
        "stay": [_line(new[key], desk.project.policy) for key in new if key in old],
        "outcome": fresh.verdict.outcome,
        "length": count(words, channel),
        "most": channel.text.value,
    }


def _line(finding: Any, policy: Policy) -> dict[str, str]:
    quote = finding.quote[:120]
    return {"rule": policy.titled(finding.rule), "quote": quote, "weight": finding.severity.value}


def _decided(
    request: Request, desk: Desk, visitor: Visitor, after: Recorded, action: Action, before: Recorded
) -> HTMLResponse:
    """Return the asset as it is now, and tell the list beside it: it leaves, or waits on under another address."""
    waits = after.state in WAITING
    event: Any = {"reworked": {"was": address(before), "now": address(after)}} if waits else {"decided": {}}
    headers = {"HX-Trigger": json.dumps(event)}
    return page(request, "decided", visitor, headers=headers, done=DONE[action], **told(desk, after, visitor))


def by(visitor: Visitor, reason: str, seen: str) -> dict[str, Any]:
    """Return who decides, why, and what they looked at."""
    person = visitor.person
    return {"actor": person.id, "role": person.role, "reason": reason, "seen": seen or None}


def _variants(desk: Desk, one: Recorded) -> list[dict[str, Any]]:
    others = desk.project.store.variants(one.plan_id, one.judged.draft.slot.id)
    return [
        {
            "address": address(other),
            "variant": other.judged.draft.variant,
            "state": other.state,
            "words": other.judged.draft.post,
        }
        for other in others
        if other.id != one.id and other.state != "superseded"
    ]


def _comments(desk: Desk, one: Recorded) -> list[dict[str, Any]]:
    named = desk.naming()
    return [
        {"by": named(said.author), "text": said.text, "at": said.at}
        for said in commenting.comments_on(desk.engine, one)
    ]
