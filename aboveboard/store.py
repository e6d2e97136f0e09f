"""The store: plans, judged drafts and decisions, each change with its ledger entry in one transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, exists, select, tuple_
from sqlalchemy.engine import Connection, Row

from aboveboard.clock import now
from aboveboard.database import connect, insert_new, plainly, queue_up, writing
from aboveboard.draft import Judged, State, Usage
from aboveboard.errors import StoreError
from aboveboard.finding import Finding
from aboveboard.ledger import Slice, append, slice_of
from aboveboard.plan import EditorialPlan
from aboveboard.record import (
    Decision,
    PlanRecord,
    Recorded,
    Totals,
    history,
    total,
    with_findings,
)
from aboveboard.rows import add_drafts, add_plan, settle
from aboveboard.tables import decisions, drafts, findings, keepsakes, plans

FEW = 400  # drafts whose decisions are asked for by name; beyond it, those of the whole plan


def open_store(url: str) -> "Store":
    """Return the store in the database at `url`, made or migrated where needed. Raises StoreError."""
    return Store(connect(url))


class Store:
    """What Aboveboard knows. Threads may share one; every method is one transaction and raises StoreError."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = writing(engine)

    def close(self) -> None:
        self.engine.dispose()

    def record(
        self,
        plan: EditorialPlan,
        judged: Sequence[Judged],
        plan_findings: Mapping[str, tuple[Finding, ...]],
        triggered_by: str,
    ) -> None:
        """Keep a plan and its judged drafts, all or nothing; a plan already recorded stays as it is.

        `plan_findings` are by draft id; they can only harden a draft's verdict.
        """
        ordered = sorted(judged, key=lambda one: (one.draft.slot.number, one.draft.variant))
        strays = set(plan_findings) - {one.draft.id for one in ordered}
        if strays:
            raise StoreError(
                f"Plan findings are about drafts that aren't in plan {plan.id[:12]}: {', '.join(sorted(strays))}. "
                "Give the findings of the drafts being recorded."
            )
        with self._writes() as connection:
            queue_up(connection)
            if _known(connection, plan.id):
                return
            at = now()
            add_plan(connection, plan, ordered, triggered_by, at)
            whole = [with_findings(one, plan_findings.get(one.draft.id, ())) for one in ordered]
            add_drafts(connection, plan.id, list(enumerate(whole)), at)

    def recorded(self, plan_id: str) -> bool:
        """Whether this plan has been recorded, which is to say completely."""
        with self._reads() as connection:
            return _known(connection, plan_id)

    def plan(self, plan_id: str) -> EditorialPlan:
        """Return a recorded plan with its brief."""
        with self._reads() as connection:
            row = connection.execute(
                select(plans.c.plan, plans.c.brief).where(plans.c.id == plan_id)
            ).one_or_none()
        if row is None:
            raise StoreError(f"No plan {plan_id} is recorded in this database. Run `aboveboard produce` first.")
        return EditorialPlan.model_validate({**row.plan, "brief": row.brief})

    def plans(self, campaign: str | None = None) -> list[PlanRecord]:
        """Return the recorded plans, newest first."""
        columns = (plans.c[name] for name in PlanRecord.model_fields)
        wanted = select(*columns).order_by(plans.c.number.desc())
        if campaign is not None:
            wanted = wanted.where(plans.c.campaign == campaign)
        with self._reads() as connection:
            return [PlanRecord.model_validate(dict(row._mapping)) for row in connection.execute(wanted)]

    def find_plan(self, prefix: str) -> PlanRecord:
        """Return the one plan whose id starts with `prefix`."""
        matches = [record for record in self.plans() if record.id.startswith(prefix)]
        _only("plan", prefix, [f"{record.id[:12]}  {record.campaign}" for record in matches])
        return matches[0]

    def judged(self, plan_id: str) -> list[Recorded]:
        """Return every draft of a plan in plan order, those edited away included."""
        return self._recorded(_WHOLE.where(drafts.c.plan_id == plan_id).order_by(drafts.c.place, drafts.c.id))

    def cleared(self, plan_id: str) -> list[Recorded]:
        """Return the drafts of a plan that may be posted, in plan order."""
        return [one for one in self.judged(plan_id) if one.state == "cleared"]

    def queue(
        self,
        campaign: str | None = None,
        *,
        plan_id: str | None = None,
        channel: str | None = None,
        language: str | None = None,
        rule: str | None = None,
        severity: str | None = None,
        states: Sequence[State] = ("flagged",),
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Recorded]:
        """Return the drafts that wait for a decision, the soonest to be posted first."""
        wanted = {plans.c.campaign: campaign, drafts.c.plan_id: plan_id}
        wanted |= {drafts.c.channel: channel, drafts.c.language: language}
        waiting = _WHOLE.where(drafts.c.state.in_(states))
        waiting = waiting.where(*(column == value for column, value in wanted.items() if value is not None))
        waiting = waiting.where(*having_finding(rule, severity))
        soonest = waiting.order_by(drafts.c.at, plans.c.number, drafts.c.place, drafts.c.id)
        return self._recorded(soonest.limit(limit).offset(offset))

    def these(self, wanted: Sequence[tuple[str, str]]) -> list[Recorded]:
        """Return the drafts with these ids, each its plan's and its own, in the order given."""
        found = self._recorded(_WHOLE.where(tuple_(drafts.c.plan_id, drafts.c.id).in_(wanted)))
        return sorted(found, key=lambda one: wanted.index((one.plan_id, one.id)))

    def find(self, prefix: str) -> Recorded:
        """Return the draft whose id starts with `prefix`; `plan:draft`, two prefixes, says of which plan.

        Where several plans hold the very same draft, one that waits for a decision is meant, else the newest.
        """
        plan_prefix, _, draft_prefix = prefix.rpartition(":")
        found = self._recorded(
            _WHOLE.where(drafts.c.id.between(draft_prefix, f"{draft_prefix}g"))  # ids are hex; LIKE uses no index
            .where(drafts.c.plan_id.startswith(plan_prefix, autoescape=True))
            .order_by(drafts.c.state != "flagged", plans.c.number.desc(), drafts.c.place)
        )
        distinct = {one.id: f"{one.id[:12]}  {one.campaign}  {one.judged.draft.slot.id}" for one in found}
        _only("draft", prefix, list(distinct.values()))
        return found[0]

    def decide(self, decision: Decision, was: State, becomes: State, successor: Judged | None = None) -> None:
        """Keep a decision, move its draft from `was` to `becomes` and add the draft an edit made of it.

        `review.py` says which decisions may be taken. Raises ReviewError where the draft is no longer in the
        state `was`: someone else decided first.
        """
        with self._writes() as connection:
            queue_up(connection)
            settle(connection, decision, was, becomes, successor)

    def rejudge(
        self, plan_id: str, policy: str, made: Sequence[tuple[Decision, State, Judged]], at: datetime
    ) -> None:
        """Put in the place of drafts, each in a state it was in, what they are by another policy; all or nothing.

        Raises ReviewError where somebody decided on one of them meanwhile.
        """
        with self._writes() as connection:
            queue_up(connection)
            append(connection, "plan.rejudged", plan_id, {"policy": policy, "drafts": len(made)}, at)
            for decision, was, successor in made:
                settle(connection, decision, was, "superseded", successor)

    def decisions(self, draft_id: str) -> list[Decision]:
        """Return the decisions on a draft, oldest first."""
        wanted = select(decisions).where(decisions.c.draft == draft_id).order_by(decisions.c.number)
        with self._reads() as connection:
            return [_decision(row) for row in connection.execute(wanted)]

    def usage(self, plan_id: str) -> Totals:
        """Return what a plan's model calls came to."""
        wanted = select(drafts.c.usage).where(drafts.c.plan_id == plan_id).order_by(drafts.c.place, drafts.c.id)
        with self._reads() as connection:
            kept = connection.execute(wanted).scalars().all()
        return total(Usage.model_validate(used) for one in kept for used in one)

    def ledger(self, plan_id: str | None = None) -> Slice:
        """Return a plan's slice of the ledger, or the whole of it."""
        with self._reads() as connection:
            return slice_of(connection, plan_id)

    def keep_once(self, kind: str, key: str, make: Callable[[], bytes]) -> bytes:
        """Return what was made the first time for this kind and key; later calls don't make it again."""
        wanted = select(keepsakes.c.content).where(keepsakes.c.kind == kind, keepsakes.c.key == key)
        with self._reads() as connection:
            kept = connection.execute(wanted).scalar_one_or_none()
        if kept is not None:
            return kept
        row = {"kind": kind, "key": key, "content": make(), "created_at": now()}
        with self._writes() as connection:
            connection.execute(insert_new(connection, keepsakes).values(row))
            return connection.execute(wanted).scalar_one()

    def variants(self, plan_id: str, slot_id: str) -> list[Recorded]:
        """Return every draft of one slot, those edited away included."""
        wanted = _WHOLE.where(drafts.c.plan_id == plan_id, drafts.c.slot_id == slot_id)
        return self._recorded(wanted.order_by(drafts.c.place, drafts.c.id))

    def _recorded(self, wanted: Select[Any]) -> list[Recorded]:
        with self._reads() as connection:
            rows = connection.execute(wanted).all()
            made = _decisions_behind(connection, rows)
        return [_whole(row, made.get(row.plan_id, ())) for row in rows]

    @contextmanager
    def _reads(self) -> Iterator[Connection]:
        with plainly(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def _writes(self) -> Iterator[Connection]:
        with plainly(), self._writer.begin() as connection:
            yield connection


_WHOLE = select(
    drafts.c.id,
    drafts.c.plan_id,
    plans.c.campaign,
    plans.c.triggered_by,
    drafts.c.state,
    drafts.c.draft,
    drafts.c.inspection,
    drafts.c.verdict,
    drafts.c.attempts,
    drafts.c.usage,
).join_from(drafts, plans, drafts.c.plan_id == plans.c.id)


def _decisions_behind(connection: Connection, rows: Sequence[Row[Any]]) -> dict[str, list[Decision]]:
    """Return by plan the decisions on these drafts and on those they were edited from, and no others."""
    concerned = {row.plan_id for row in rows}
    edges = select(decisions.c.plan_id, decisions.c.draft, decisions.c.replacement).where(
        decisions.c.plan_id.in_(concerned), decisions.c.replacement.is_not(None)
    )
    parents = {(one.plan_id, one.replacement): one.draft for one in connection.execute(edges)}
    line = {row.id for row in rows}
    for plan_id, draft in [(row.plan_id, row.id) for row in rows]:
        while draft := parents.get((plan_id, draft), ""):
            line.add(draft)
    made = select(decisions).where(decisions.c.plan_id.in_(concerned)).order_by(decisions.c.number)
    if len(line) <= FEW:
        made = made.where(decisions.c.draft.in_(line))
    by_plan: dict[str, list[Decision]] = {}
    for one in connection.execute(made):
        by_plan.setdefault(one.plan_id, []).append(_decision(one))
    return by_plan


def _whole(row: Row[Any], made: Sequence[Decision]) -> Recorded:
    parts = {name: getattr(row, name) for name in ("draft", "inspection", "verdict", "attempts", "usage")}
    return Recorded(
        id=row.id,
        plan_id=row.plan_id,
        campaign=row.campaign,
        triggered_by=row.triggered_by,
        judged=Judged.model_validate(parts),
        state=row.state,
        decisions=history(row.id, made),
    )


def _decision(row: Row[Any]) -> Decision:
    return Decision.model_validate({name: getattr(row, name) for name in Decision.model_fields})


def _known(connection: Connection, plan_id: str) -> bool:
    return connection.execute(select(plans.c.id).where(plans.c.id == plan_id)).one_or_none() is not None


def having_finding(rule: str | None, severity: str | None) -> list[ColumnElement[bool]]:
    """Return what asks for drafts in which one finding is of this rule, and weighs so much."""
    if rule is None and severity is None:
        return []
    theirs = findings.alias()  # so that a query over findings may ask it too
    found = exists().where(theirs.c.plan_id == drafts.c.plan_id, theirs.c.draft_id == drafts.c.id)
    if rule is not None:
        found = found.where(theirs.c.rule == rule)
    if severity is not None:
        found = found.where(theirs.c.severity == severity)
    return [found.correlate(drafts)]


def _only(noun: str, prefix: str, matches: Sequence[str]) -> None:
    """Raise StoreError unless exactly one thing matches an id's prefix."""
    if not matches:
        raise StoreError(
            f"No {noun} in this database has an id that starts with '{prefix}'. "
            "`aboveboard review list` shows the ids there are."
        )
    if len(matches) > 1:
        shown = [*matches[:10], "…"] if len(matches) > 10 else matches
        raise StoreError(
            f"{len(matches)} {noun}s have an id that starts with '{prefix}'. Write more of the one you mean:",
            [f"  {match}" for match in shown],
        )
