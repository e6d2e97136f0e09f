"""Approving several posts at once, and only where the guards found the very same in each."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from aboveboard import review
from aboveboard.errors import ReviewError, StoreError
from aboveboard.finding import Finding
from aboveboard.record import Recorded
from aboveboard.web.access import Visitor, may
from aboveboard.web.assets import by, hindrances
from aboveboard.web.desk import Desk, desk_of
from aboveboard.web.queue import address, row
from aboveboard.web.rendering import page

router = APIRouter()
Decider = Annotated[Visitor, Depends(may("decide"))]
MOST = 200  # assets looked through for a group, and approved at once
Signature = tuple[tuple[str, str, str, str], ...]


@router.get("/alike")
def show(request: Request, visitor: Decider, rule: Annotated[str, Query(max_length=200)] = "") -> Response:
    desk = desk_of(request)
    waiting = desk.project.store.queue(rule=rule or None, limit=MOST)
    groups = [_group(members, desk, visitor) for members in grouped(waiting)]
    return page(request, "alike", visitor, groups=groups, rule=rule, done=[], problems=[])


@router.post("/alike")
def approve(
    request: Request,
    visitor: Decider,
    chosen: Annotated[list[str], Form(max_length=MOST)],
    reason: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Approve each of the chosen that can be; say of the others why not."""
    desk = desk_of(request)
    found = [desk.project.store.find(name) for name in chosen[:MOST]]
    if len({signature(one) for one in found}) != 1:
        raise ReviewError(
            "These weren't all found to say the same, so nothing was done. Decide on them one by one."
        )
    done: list[dict[str, Any]] = []
    problems: list[str] = []
    for one in found:
        try:
            done.append(_approve(desk, visitor, one, reason))
        except (ReviewError, StoreError) as error:
            problems += error.problems
    return page(request, "alike", visitor, groups=[], rule="", done=done, problems=list(dict.fromkeys(problems)))


def grouped(waiting: Iterable[Recorded]) -> list[list[Recorded]]:
    """Return those of which the guards say the same words for word, the largest group first; none stands alone."""
    groups: dict[Signature, list[Recorded]] = {}
    for one in waiting:
        groups.setdefault(signature(one), []).append(one)
    return sorted((members for members in groups.values() if len(members) > 1), key=len, reverse=True)


def signature(one: Recorded) -> Signature:
    """Return what was found in a draft: rule, words, part of the post and the proofs against it."""
    weighty = (found for found in one.judged.inspection.findings if found.severity.rank)
    return tuple(sorted(_said(found) for found in weighty))


def _said(found: Finding) -> tuple[str, str, str, str]:
    told = " ".join(evidence.says for evidence in found.evidence if evidence.kind != "reading")
    return found.rule, found.asset, " ".join(found.quote.casefold().split()), told


def _group(members: list[Recorded], desk: Desk, visitor: Visitor) -> dict[str, Any]:
    policy = desk.project.policy
    findings = [found for found in members[0].judged.inspection.findings if found.severity.rank]
    return {
        "found": [{"rule": policy.titled(found.rule), "quote": found.quote[:160]} for found in findings],
        "members": [
            row(one, desk) | {"name": one.name, "hindered": hindrances(one, visitor, desk.project.policy_digest)}
            for one in members
        ],
    }


def _approve(desk: Desk, visitor: Visitor, one: Recorded, reason: str) -> dict[str, Any]:
    project, told = desk.project, by(visitor, reason, one.id) | {"goes_by": visitor.person.goes_by}
    after = review.decide(project.store, one.name, "approve", policy=project.policy_digest, **told)
    return {"address": address(after), "slot": after.judged.draft.slot.id}
