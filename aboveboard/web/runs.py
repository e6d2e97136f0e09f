"""Runs of a brief, watched as they go; what they came to, released and taken home as a bundle."""

import asyncio
import io
import threading
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from aboveboard import drafting, producing
from aboveboard.draft import Judged
from aboveboard.plan import EditorialPlan
from aboveboard.producing import Job
from aboveboard.project import open_project
from aboveboard.running import Run, find_run, start_run
from aboveboard.web.access import Visitor, may
from aboveboard.web.desk import Desk, desk_of
from aboveboard.web.queue import address
from aboveboard.web.rendering import LOOKS, page

router = APIRouter()
Reader = Annotated[Visitor, Depends(may("read"))]
GLANCE = 0.25  # seconds between two looks at a run
OLDEST = (1980, 1, 1, 0, 0, 0)  # the time of every file in a zip, so that the same bundle is the same zip


class Live:
    """A run under way in this process, as its watchers see it. It is told of by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.changes = 0
        self.tiles: dict[str, dict[str, Any]] = {}

    def planned(self, plan: EditorialPlan, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self._set(
                job, step="waiting", slot=job.slot.id, channel=job.slot.channel, picture="", outcome="", painted=""
            )

    def reached(self, step: str, job: Job, judged: Judged) -> None:
        picture = judged.draft.picture
        outcome = judged.verdict.outcome if step == "inspected" else ""
        self._set(job, step=step, picture=picture.digest if picture else "", outcome=outcome, painted="")

    def painting(self, job: Job, done: int, of: int) -> None:
        self._set(job, step="painting", painted=f"{done} of {of}")

    def _set(self, job: Job, **told: str) -> None:
        with self._lock:
            self.tiles[str(job)] = self.tiles.get(str(job), {}) | told
            self.changes += 1

    def seen(self) -> tuple[int, list[dict[str, Any]]]:
        with self._lock:
            return self.changes, [dict(tile) for tile in self.tiles.values()]


LIVE: dict[str, Live] = {}
REMEMBERED = 50  # runs whose tiles can still be looked at


@router.post("/briefs/{name}/produce")
def produce(request: Request, name: str, visitor: Annotated[Visitor, Depends(may("write"))]) -> Response:
    """Begin a run of a brief, in this process; people watch it, or go away and come back."""
    desk = desk_of(request)
    path = drafting.place_of(desk.project, name)
    drafting.open_brief(desk.project, name)
    run = start_run(desk.engine, name, visitor.person.id)
    live = LIVE[run.id] = Live()
    while len(LIVE) > REMEMBERED:
        LIVE.pop(next(iter(LIVE)))
    threading.Thread(target=_run, args=(desk, run, path, live), name=f"run-{run.id}", daemon=True).start()
    return RedirectResponse(f"/runs/{run.id}", 303)


def _run(desk: Desk, run: Run, path: Path, live: Live) -> None:
    # A thread nobody waits for: what breaks is recorded, and so said where people look.
    with suppress(Exception), open_project(desk.project.root, run.actor) as project:
        producing.produce(project, path, producing.one_by_one, live, begun=run)


@router.get("/runs/{run_id}")
def watch(request: Request, run_id: str, visitor: Reader) -> Response:
    desk = desk_of(request)
    run = find_run(desk.engine, run_id)
    return page(request, "run", visitor, **_told(desk, run))


@router.get("/runs/{run_id}/events")
async def events(request: Request, run_id: str, visitor: Reader) -> Response:
    """Send the run's tiles each time they change, and a last word when it has ended."""
    desk = desk_of(request)
    find_run(desk.engine, run_id)

    async def told() -> AsyncIterator[ServerSentEvent]:
        seen = -1
        while True:
            run = await asyncio.to_thread(find_run, desk.engine, run_id)
            changes = LIVE[run_id].seen()[0] if run_id in LIVE else 0
            if changes != seen or run.state != "running":
                seen = changes
                part = await asyncio.to_thread(page, request, "tiles", visitor, **_told(desk, run))
                yield ServerSentEvent(bytes(part.body).decode(), event="tiles")
            if run.state != "running":
                yield ServerSentEvent("", event="over")
                return
            await asyncio.sleep(GLANCE)

    return EventSourceResponse(told(), ping=15)


@router.get("/plans/{plan_id}")
def plan(request: Request, plan_id: str, visitor: Reader) -> Response:
    desk = desk_of(request)
    found = desk.project.store.find_plan(plan_id)
    recorded = [one for one in desk.project.store.judged(found.id) if one.state != "superseded"]
    brief = desk.project.store.plan(found.id).brief
    return page(
        request,
        "plan",
        visitor,
        plan=found,
        title=brief.says(brief.title, brief.languages[0]),
        posts=[_post(desk, one, brief.zone) for one in recorded],
        states={state: sum(one.state == state for one in recorded) for state in LOOKS},
        bundled=bool(_bundle(desk, found.campaign)),
        by=desk.naming()(found.triggered_by),
    )


@router.post("/plans/{plan_id}/release")
def release(request: Request, plan_id: str, visitor: Annotated[Visitor, Depends(may("decide"))]) -> Response:
    """Bundle what is cleared by now."""
    desk = desk_of(request)
    found = desk.project.store.find_plan(plan_id)
    producing.release(desk.project, found.id)
    return RedirectResponse(f"/plans/{found.id[:16]}", 303)


@router.get("/plans/{plan_id}/bundle.zip")
def bundle(request: Request, plan_id: str, visitor: Reader) -> Response:
    """The bundle as it was released last, the same bytes each time."""
    desk = desk_of(request)
    found = desk.project.store.find_plan(plan_id)
    folder = _bundle(desk, found.campaign)
    if folder is None:
        raise HTTPException(404, "Nothing of this plan has been released yet.")
    name = f"{found.campaign}-{found.id[:8]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return Response(zipped(folder, name), media_type="application/zip", headers=headers)


def zipped(folder: Path, name: str) -> bytes:
    """Return a folder as a zip that depends on its files alone."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
            entry = zipfile.ZipInfo(f"{name}/{path.relative_to(folder).as_posix()}", OLDEST)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _bundle(desk: Desk, campaign: str) -> Path | None:
    latest = desk.project.outputs / campaign / "latest"
    return latest.resolve() if latest.exists() else None


def _told(desk: Desk, run: Run) -> dict[str, Any]:
    tiles = LIVE[run.id].seen()[1] if run.id in LIVE else []
    if run.plan_id and not tiles:
        tiles = [_tile(one) for one in desk.project.store.judged(run.plan_id) if one.state != "superseded"]
    for tile in tiles:
        tile["title"] = desk.project.channels[tile["channel"]].title
    done = sum(tile["step"] == "inspected" for tile in tiles)
    return {"run": run, "tiles": tiles, "done": done, "by": desk.naming()(run.actor)}


def _tile(one: Any) -> dict[str, Any]:
    draft = one.judged.draft
    picture = draft.picture.digest if draft.picture else ""
    outcome = one.judged.verdict.outcome
    told = {"slot": draft.slot.id, "channel": draft.slot.channel, "painted": ""}
    return told | {"step": "inspected", "picture": picture, "outcome": outcome}


def _post(desk: Desk, one: Any, zone: Any) -> dict[str, Any]:
    draft = one.judged.draft
    return {
        "address": address(one),
        "at": draft.slot.at.astimezone(zone),
        "channel": desk.project.channels[draft.slot.channel].title,
        "state": one.state,
        "words": draft.post[:140],
        "picture": draft.picture.digest if draft.picture else "",
    }
