"""What the store writes: a plan, its drafts and what was found in them, decisions; each with its ledger entry."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from aboveboard.digests import digest
from aboveboard.draft import Judged, State
from aboveboard.errors import ReviewError
from aboveboard.ledger import append, extend
from aboveboard.plan import EditorialPlan
from aboveboard.record import STATES, Decision, judgement, pseudonym, told
from aboveboard.tables import decisions, drafts, findings, plans, shares


def add_plan(
    connection: Connection, plan: EditorialPlan, judged: Sequence[Judged], triggered_by: str, at: datetime
) -> None:
    policy = judged[0].draft.provenance.policy if judged else ""
    whole = plan.model_dump(mode="json")
    row = {"id": plan.id, "campaign": plan.brief.campaign, "brief": whole.pop("brief"), "plan": whole}
    connection.execute(delete(shares).where(shares.c.plan_id == plan.id))
    connection.execute(insert(plans).values(**row, policy=policy, triggered_by=triggered_by, created_at=at))
    body = {
        "brief": digest(plan.brief),
        "campaign": plan.brief.campaign,
        "drafts": len(judged),
        "policy": policy,
        "triggered_by": pseudonym(triggered_by, plan.id),
    }
    append(connection, "plan.recorded", plan.id, body, at)


def add_drafts(connection: Connection, plan_id: str, placed: Sequence[tuple[int, Judged]], at: datetime) -> None:
    rows = [_draft_row(plan_id, place, judged) for place, judged in placed]
    found = [row for _, judged in placed for row in _finding_rows(plan_id, judged)]
    for table, new in ((drafts, rows), (findings, found)):
        if new:
            connection.execute(insert(table), new)
    extend(connection, plan_id, at, [("draft.judged", judgement(judged)) for _, judged in placed])


def _draft_row(plan_id: str, place: int, judged: Judged) -> dict[str, Any]:
    draft, slot = judged.draft, judged.draft.slot
    documents = judged.model_dump(mode="json")
    return {
        "plan_id": plan_id,
        "id": draft.id,
        "place": place,
        "slot_id": slot.id,
        "variant": draft.variant,
        "channel": slot.channel,
        "language": slot.language,
        "at": slot.at,
        "state": STATES[judged.verdict.outcome],
        **documents,
    }


def _finding_rows(plan_id: str, judged: Judged) -> list[dict[str, Any]]:
    asked = {"rule", "severity", "asset", "start", "end", "quote", "layer"}
    of_draft = {"plan_id": plan_id, "draft_id": judged.draft.id}
    return [
        {**of_draft, "place": place, **finding.model_dump(mode="json", include=asked)}
        for place, finding in enumerate(judged.inspection.findings)
    ]


def settle(
    connection: Connection, decision: Decision, was: State, becomes: State, successor: Judged | None
) -> None:
    """Keep a decision, move its draft from `was` to `becomes`, and put a successor in its place.

    Raises ReviewError where the draft is no longer in the state `was`: someone else decided first.
    """
    this = (drafts.c.plan_id == decision.plan_id, drafts.c.id == decision.draft)
    moved = connection.execute(update(drafts).where(*this, drafts.c.state == was).values(state=becomes))
    row = connection.execute(select(drafts.c.place, drafts.c.state).where(*this)).one_or_none()
    if row is None:
        raise ReviewError(
            f"There is no draft {decision.draft[:12]} in plan {decision.plan_id[:12]}. List the queue."
        )
    if moved.rowcount != 1:
        raise ReviewError(
            f"Someone else decided first: draft {decision.draft[:12]} is {row.state} now, no longer {was}. "
            "Look at it again before you decide."
        )
    connection.execute(insert(decisions).values(dict(decision)))
    append(connection, f"decision.{decision.action}", decision.plan_id, told(decision, becomes), decision.at)
    if successor:
        add_drafts(connection, decision.plan_id, [(row.place, successor)], decision.at)
