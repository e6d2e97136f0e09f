"""The briefs: written by a form or as YAML, checked as they are typed, and produced."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from aboveboard import drafting
from aboveboard.agenda import newest_plans
from aboveboard.digests import digest
from aboveboard.errors import BriefError
from aboveboard.leafing import counts
from aboveboard.pages.posts import moment_named
from aboveboard.reading import brief_schema
from aboveboard.running import latest_runs
from aboveboard.web.access import Visitor, may
from aboveboard.web.desk import Desk, desk_of
from aboveboard.web.rendering import LOOKS, page

router = APIRouter()
Reader = Annotated[Visitor, Depends(may("read"))]
Writer = Annotated[Visitor, Depends(may("write"))]
Text = Annotated[str, Form(max_length=drafting.LONGEST)]
NEW = "new-brief"  # the name of a brief that has none yet


@router.get("/briefs")
def briefs(request: Request, visitor: Reader) -> Response:
    desk = desk_of(request)
    planned, counted = newest_plans(desk.engine), counts(desk.engine)
    cards = [_card(desk, name, planned, counted) for name in drafting.names(desk.project)]
    return page(
        request, "briefs", visitor, cards=cards, runs=latest_runs(desk.engine, limit=5), named=desk.naming()
    )


@router.get("/briefs/schema.json")
def schema(_: Reader) -> Response:
    """What may stand in a brief, for completing what is typed."""
    return JSONResponse(brief_schema())


@router.get("/briefs/new")
def new(request: Request, visitor: Writer) -> Response:
    channels = sorted(desk_of(request).project.channels.values(), key=lambda one: one.title)
    goals = brief_schema()["properties"]["goal"]["enum"]
    return page(
        request,
        "new_brief",
        visitor,
        channels=channels,
        goals=goals,
        palette=drafting.PALETTE,
        told={},
        problems=(),
    )


@router.post("/briefs/new")
async def write_new(request: Request, visitor: Writer) -> Response:
    """Make YAML of the form. What is wrong with it is told beside the YAML, where nothing is lost."""
    form = {name: value[:4_000] for name, value in (await request.form()).items() if isinstance(value, str)}
    several = range(1, 41)
    facts = [
        {part: form.get(f"fact-{number}-{part}", "").strip() for part in ("statement", "source", "ends", "value")}
        for number in several
    ]
    channels = {name[8:]: value for name, value in form.items() if name.startswith("channel-")}
    text = drafting.from_form(form, facts, channels)
    return _editor(request, visitor, drafting.Opened(drafting.slug(form.get("title", "")), text, ""), new=True)


@router.get("/briefs/{name}")
def edit(request: Request, name: str, visitor: Reader) -> Response:
    return _editor(request, visitor, drafting.open_brief(desk_of(request).project, name))


@router.post("/briefs/{name}/check")
def check(request: Request, name: str, visitor: Writer, text: Text = "") -> Response:
    """Say what is wrong with what was typed so far, or which plan it makes; nothing is kept."""
    desk = desk_of(request)
    drafting.place_of(desk.project, name)
    looked = drafting.look_at(desk.project, name, drafting_text(text))
    return page(request, "brief_looked", visitor, looked=looked, days=_days(looked, desk))


@router.post("/briefs/{name}")
def save(request: Request, name: str, visitor: Writer, text: Text = "", opened: Text = "") -> Response:
    desk = desk_of(request)
    drafting.place_of(desk.project, name)
    words = drafting_text(text)
    try:
        drafting.save_brief(desk.project, name, words, opened)
    except BriefError as error:
        kept = drafting.Opened(name, words, opened)
        theirs = "" if not opened else drafting.open_brief(desk.project, name).text
        other = theirs if theirs and digest(theirs) != opened else ""
        return _editor(request, visitor, kept, problems=error.problems, other=other, status=422, new=not opened)
    return RedirectResponse(f"/briefs/{name}", 303)


def drafting_text(text: str) -> str:
    """Return text from a form as a file has it: browsers send CR LF for every line's end."""
    return text.replace("\r\n", "\n").rstrip() + "\n"


def _editor(
    request: Request,
    visitor: Visitor,
    opened: drafting.Opened,
    *,
    problems: tuple[str, ...] = (),
    other: str = "",
    status: int = 200,
    new: bool = False,
) -> Response:
    desk = desk_of(request)
    looked = drafting.look_at(desk.project, opened.name, opened.text)
    return page(
        request,
        "brief",
        visitor,
        status,
        opened=opened,
        looked=looked,
        days=_days(looked, desk),
        problems=problems,
        other=other,
        new=new,
        runs=[] if new else latest_runs(desk.engine, opened.name, 5),
        named=desk.naming(),
    )


def _card(desk: Desk, name: str, planned: dict[str, str], counted: dict[str, dict[str, int]]) -> dict[str, Any]:
    looked = drafting.look_at(desk.project, name, drafting.open_brief(desk.project, name).text)
    brief = looked.brief
    plan_id = planned.get(brief.campaign, "") if brief else ""
    colours = brief.brand.palette.model_dump() if brief else {}
    return {
        "name": name,
        "brief": brief,
        "title": brief.says(brief.title, brief.languages[0]) if brief else name,
        "problems": looked.problems,
        "colours": [
            str(colour) for colour in colours.values() if isinstance(colour, str) and colour.startswith("#")
        ],
        "plan": plan_id,
        "states": {state: many for state in LOOKS if (many := counted.get(plan_id, {}).get(state))},
        "slots": len(looked.plan.slots) if looked.plan else 0,
    }


def _days(looked: drafting.Looked, desk: Desk) -> list[tuple[str, str]]:
    if looked.plan is None or looked.brief is None:
        return []
    channels = desk.project.channels
    zone = looked.brief.zone
    return [(moment_named(slot.at.astimezone(zone)), channels[slot.channel].title) for slot in looked.plan.slots]
