"""The ledger as an auditor reads it: searchable, exportable, and whether its chain holds."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from aboveboard import ledger
from aboveboard.errors import StoreError
from aboveboard.web.access import Visitor, may
from aboveboard.web.desk import desk_of
from aboveboard.web.rendering import page

router = APIRouter()
Auditor = Annotated[Visitor, Depends(may("audit"))]
AT_ONCE = 50
KINDS = {  # what an entry's kind means in words
    "plan.recorded": "A plan was recorded",
    "plan.rejudged": "A plan was judged anew",
    "draft.judged": "The guards judged a draft",
    "decision.approve": "Approved",
    "decision.edit": "Edited",
    "decision.reject": "Rejected",
    "decision.withdraw": "Taken back",
    "decision.move": "Moved",
    "decision.recall": "Recalled",
}


@router.get("/audit")
def audit(
    request: Request,
    visitor: Auditor,
    kind: Annotated[str, Query(max_length=40)] = "",
    plan: Annotated[str, Query(max_length=64)] = "",
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> Response:
    desk = desk_of(request)
    with desk.engine.connect() as connection:
        found = ledger.newest(
            connection, kind=kind, plan_id=plan.strip().casefold(), before=before, limit=AT_ONCE + 1
        )
    told: dict[str, Any] = {
        "entries": found[:AT_ONCE],
        "more": len(found) > AT_ONCE,
        "kind": kind,
        "plan": plan,
        "kinds": KINDS,
    }
    part = request.headers.get("HX-Target") == "entries"
    return page(request, "entries" if part else "audit", visitor, **told)


@router.get("/audit/state")
def state(request: Request, visitor: Auditor) -> Response:
    """Verify the whole chain, now."""
    try:
        run = desk_of(request).project.store.ledger()
    except StoreError:
        return page(request, "chain", visitor, problems=[], anchor=None, number=0)
    problems = ledger.verify(run.entries, run.anchor)
    return page(request, "chain", visitor, problems=problems, anchor=run.anchor, number=len(run.entries))


@router.get("/audit/ledger.jsonl")
def export(request: Request, _: Auditor) -> Response:
    """The whole chain, as `aboveboard verify` and anybody's own script read it."""
    text = ledger.to_jsonl(desk_of(request).project.store.ledger())
    headers = {"Content-Disposition": 'attachment; filename="ledger.jsonl"'}
    return Response(text, media_type="application/jsonl", headers=headers)
