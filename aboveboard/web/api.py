"""The REST API: what the desk's pages do, for programs. A FastAPI application of its own, mounted at /api/v1."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, FastAPI, HTTPException, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response

from aboveboard import __version__, accounts, checking, commenting, deciding, leafing, review
from aboveboard.draft import State
from aboveboard.errors import WorkspaceError
from aboveboard.finding import Severity
from aboveboard.moving import read_time
from aboveboard.record import Recorded
from aboveboard.web import answers
from aboveboard.web.assets import plain
from aboveboard.web.bearing import Bearer, bears, demand
from aboveboard.web.desk import Desk, desk_of
from aboveboard.web.once import Key, once
from aboveboard.web.problem import Problem, documented, small_enough, tell_problems

ADDRESS = "/api/v1"
ABOUT = (
    "What the reviewers' desk knows and does. Every request bears a token; every refusal is a problem document "
    "(RFC 9457) that names all reasons; a POST that changes something may bear an Idempotency-Key."
)
router = APIRouter()
Reader = Annotated[Bearer, Depends(bears("read"))]
Writer = Annotated[Bearer, Depends(bears("write"))]
Decider = Annotated[Bearer, Depends(bears("decide", "write"))]
Auditor = Annotated[Bearer, Depends(bears("audit"))]
Short = Annotated[str | None, Query(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Decision = Annotated[answers.Decide | answers.Edit | answers.Move, Body(discriminator="action")]


def make_api(desk: Desk) -> FastAPI:
    """Return the API of one desk."""
    api = FastAPI(title="Aboveboard", version=__version__, docs_url=None, redoc_url=None)
    api.state.desk = desk
    api.include_router(router)
    api.add_middleware(small_enough)
    tell_problems(api)
    api.openapi = lambda: _document(api)  # type: ignore[method-assign]
    return api


@router.get("/me", responses=documented())
def me(bearer: Bearer = Depends(bears("read", "write", "decide", "audit", "manage"))) -> answers.Me:  # noqa: B008
    """Whose token this is, and what it may do."""
    person = bearer.person
    rights = tuple(sorted(right for right in bearer.scopes if bearer.may(right)))
    return answers.Me(id=person.id, name=person.name, email=person.email, role=person.role, rights=rights)


@router.get("/campaigns", responses=documented())
def campaigns(request: Request, _: Reader) -> answers.Campaigns:
    """Every plan, the newest first, with how many of its assets are in which state."""
    desk = desk_of(request)
    counted, names = leafing.counts(desk.engine), accounts.names(desk.engine)
    plans = desk.project.store.plans()
    return answers.Campaigns(items=tuple(answers.campaign(one, counted.get(one.id, {}), names) for one in plans))


@router.get("/assets", responses=documented())
def assets(
    request: Request,
    _: Reader,
    state: State | None = None,
    campaign: Short = None,
    channel: Short = None,
    language: Annotated[str | None, Query(pattern=r"^[a-z]{2}$")] = None,
    rule: Short = None,
    severity: Severity | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=400, description="`next` of the page before.")] = None,
) -> answers.Assets:
    """Assets, the soonest to be posted first. Nothing comes twice, whatever changes while you go through them."""
    chosen = {"state": state, "campaign": campaign, "channel": channel, "language": language, "rule": rule}
    after = leafing.place_of(cursor) if cursor else None
    store = desk_of(request).project.store
    found, place = leafing.leaf(store, limit, after, **chosen, severity=severity.value if severity else None)
    onward = leafing.cursor_of(place) if place else None
    return answers.Assets(items=tuple(answers.summary(one) for one in found), next=onward)


@router.get("/assets/{plan}/{draft}", responses=documented(404))
def asset(request: Request, plan: str, draft: str, _: Reader) -> answers.Asset:
    """One asset whole. Ids may be shortened to the first letters that are its alone."""
    desk = desk_of(request)
    return answers.asset(_found(desk, plan, draft), accounts.names(desk.engine))


@router.post(
    "/assets/{plan}/{draft}/decisions",
    status_code=201,
    response_model=answers.Asset,
    responses=documented(404, 409, 413),
)
def decide(request: Request, plan: str, draft: str, body: Decision, bearer: Decider, key: Key = None) -> Response:
    """Approve, edit, reject or withdraw; the asset as it is then. To edit takes `write`, else `decide`."""
    demand(bearer, "write" if body.action == "edit" else "decide")
    desk = desk_of(request)
    one = _found(desk, plan, draft)

    def told(after: Recorded) -> answers.Asset:
        return answers.asset(after, accounts.names(desk.engine))

    def done(since: datetime) -> answers.Asset | None:
        after = _decided_since(desk, one, body, bearer, since)
        return told(after) if after else None

    return once(request, bearer, key, body, lambda: told(_decide(desk, one, body, bearer)), done)


@router.get("/assets/{plan}/{draft}/comments", responses=documented(404))
def comments(request: Request, plan: str, draft: str, _: Reader) -> answers.Comments:
    """What was said beside an asset, the oldest first."""
    desk = desk_of(request)
    names = accounts.names(desk.engine)
    said = commenting.comments_on(desk.engine, _found(desk, plan, draft))
    return answers.Comments(items=tuple(answers.said(one, names) for one in said))


@router.post(
    "/assets/{plan}/{draft}/comments",
    status_code=201,
    response_model=answers.Said,
    responses=documented(404, 409, 413),
)
def comment(
    request: Request, plan: str, draft: str, body: answers.Say, bearer: Writer, key: Key = None
) -> Response:
    """Say something to the others. It is never part of the post."""
    desk = desk_of(request)
    one = _found(desk, plan, draft)

    def said_since(since: datetime | None) -> answers.Said | None:
        said = reversed(commenting.comments_on(desk.engine, one))
        mine = (one for one in said if (one.author, one.text) == (bearer.person.id, body.text.strip()))
        newest = next(mine, None)
        if newest is None or (since and newest.at < since):
            return None
        return answers.said(newest, accounts.names(desk.engine))

    def say() -> answers.Said:
        commenting.add_comment(desk.engine, one, bearer.person.id, body.text)
        return answers.said(commenting.comments_on(desk.engine, one)[-1], accounts.names(desk.engine))

    return once(request, bearer, key, body, say, said_since)


@router.post("/check", responses=documented(413))
def check(request: Request, body: answers.Check, _: Reader) -> answers.Checked:
    """Judge any copy by the policy in force. Nothing of it is kept."""
    project = desk_of(request).project
    given = body.model_dump(exclude={"text", "asset"}, exclude_none=True)
    known = checking.circumstances(given, "the request")
    found = checking.check("request", body.text, known, project.policy, body.asset)
    return answers.Checked(
        verdict=found.verdict.outcome,
        rules=found.verdict.rules,
        findings=found.inspection.findings,
        supports=found.inspection.supports,
        policy=project.policy_digest,
    )


@router.get("/policy", responses=documented())
def policy(request: Request, _: Reader) -> answers.PolicyAnswer:
    """The policy in force: every rule in a line, and the numbers it turns on."""
    project = desk_of(request).project
    return answers.PolicyAnswer(
        digest=project.policy_digest,
        classifier=project.policy.classifier,
        thresholds=project.policy.thresholds,
        rules=tuple(answers.rule_line(rule) for rule in project.policy.rules),
    )


@router.get("/policy/rules/{id}", responses=documented(404))
def rule(request: Request, id: str, _: Reader) -> answers.WholeRule:
    """One rule with its law and its own examples."""
    in_force = desk_of(request).project.policy
    found = in_force.rule(id)
    if found is None:
        raise HTTPException(404, "The policy has no such rule. GET /policy lists them.")
    return answers.whole_rule(found, in_force)


@router.get("/ledger", responses=documented())
def ledger(
    request: Request,
    _: Auditor,
    after: Annotated[int, Query(ge=0, le=leafing.LARGEST, description="Number of the last entry you have.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> answers.LedgerPage:
    """What happened, entry by entry, each bound to the one before; with the chain's head."""
    entries, head = leafing.entries_after(desk_of(request).engine, after, limit)
    more = bool(entries) and entries[-1].seq < head.seq
    return answers.LedgerPage(
        head=answers.HeadOf(seq=head.seq, hash=head.hash),
        items=tuple(answers.LedgerEntry(**dict(entry)) for entry in entries),
        next=entries[-1].seq if more else None,
    )


@router.get(
    "/pictures/{digest}",
    response_class=Response,
    responses={
        **documented(404),
        200: {"description": "The picture.", "content": {"image/png": {}, "image/jpeg": {}}},
    },
)
def picture(request: Request, digest: str, _: Reader) -> Response:
    """A picture by its digest."""
    if not (len(digest) == 64 and _hex(digest)):
        raise HTTPException(404, "There is no such picture.")
    try:
        data = desk_of(request).project.picture(digest)
    except WorkspaceError:
        raise HTTPException(404, "There is no such picture.") from None
    kind = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    return Response(data, media_type=kind)


def _found(desk: Desk, plan: str, draft: str) -> Recorded:
    """Return an asset by its ids or their first letters. Raises StoreError where there is none here."""
    if not all(8 <= len(name) <= 64 and _hex(name) for name in (plan, draft)):
        raise HTTPException(404, "There is no such asset. GET /assets lists them.")
    return desk.project.store.find(f"{plan}:{draft}")


def _hex(name: str) -> bool:
    return set(name) <= set("0123456789abcdef")


def _decide(desk: Desk, one: Recorded, body: Any, bearer: Bearer) -> Recorded:
    by: Any = {"actor": bearer.person.id, "role": bearer.person.role, "reason": body.reason, "seen": body.seen}
    if body.action == "edit":
        return deciding.reword_in(desk.project, one.name, plain(body.text), **by)
    if body.action == "move":
        return deciding.move_in(desk.project, one.name, body.to, **by)
    by |= {"policy": desk.project.policy_digest, "goes_by": bearer.person.goes_by}
    return review.decide(desk.project.store, one.name, body.action, **by)


def _decided_since(desk: Desk, one: Recorded, body: Any, bearer: Bearer, since: datetime) -> Recorded | None:
    """Return what came of this very decision where it was taken since then; else None."""
    last = one.decision
    wanted = (body.action, bearer.person.id, body.reason.strip())
    if last is None or (last.action, last.actor, last.reason) != wanted or last.at < since:
        return None
    if last.replacement is None:
        return one
    after = desk.project.store.find(f"{one.plan_id}:{last.replacement}")
    if body.action == "move":
        asked = read_time(body.to, desk.project.store.plan(one.plan_id).brief)
        return after if after.judged.draft.slot.at == asked else None
    return after if after.judged.draft.post == plain(body.text) else None


def _document(api: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, with what a refusal looks like."""
    if not api.openapi_schema:
        told = get_openapi(title=api.title, version=api.version, description=ABOUT, routes=api.routes)
        told["servers"] = [{"url": ADDRESS}]
        told["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        api.openapi_schema = told
    return api.openapi_schema
