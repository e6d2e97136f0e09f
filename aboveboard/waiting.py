"""How much waits for a decision, and of what: the counts beside the queue's filters."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, func, select

from aboveboard.draft import State
from aboveboard.store import having_finding
from aboveboard.tables import drafts, findings, plans

KINDS = ("campaign", "channel", "language", "rule", "state")
WAITING: tuple[State, ...] = ("flagged", "blocked")  # one wants a decision, the other other words or an end
Facets = dict[str, dict[str, int]]


def facets(engine: Engine, chosen: Mapping[str, str]) -> tuple[int, Facets]:
    """Return how many drafts wait under all filters, and of each kind's values under all other filters.

    A note holds nothing back, so it isn't counted.
    """
    with engine.connect() as connection:
        counted: Facets = {}
        for kind in KINDS:
            others = {name: value for name, value in chosen.items() if name != kind}
            rows = connection.execute(_counted(kind, others)).all()
            counted[kind] = {str(row[0]): int(row[1]) for row in rows}
        whole = select(func.count()).select_from(drafts).where(*_waiting(chosen))
        return int(connection.execute(whole).scalar_one()), counted


def _counted(kind: str, chosen: Mapping[str, str]) -> Select[*tuple[Any, ...]]:
    if kind == "rule":
        met = select(findings.c.rule, findings.c.plan_id, findings.c.draft_id).join_from(
            findings, drafts, (findings.c.plan_id == drafts.c.plan_id) & (findings.c.draft_id == drafts.c.id)
        )
        once = met.where(findings.c.severity != "note", *_waiting(chosen)).distinct().subquery()
        return select(once.c.rule, func.count()).group_by(once.c.rule).order_by(func.count().desc(), once.c.rule)
    if kind == "campaign":
        value = plans.c.campaign
        whole: Select[*tuple[Any, ...]] = select(value, func.count()).join_from(
            drafts, plans, drafts.c.plan_id == plans.c.id
        )
    else:
        value = drafts.c[kind]
        whole = select(value, func.count()).select_from(drafts)
    return whole.where(*_waiting(chosen)).group_by(value).order_by(func.count().desc(), value)


def _waiting(chosen: Mapping[str, str]) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [drafts.c.state.in_([chosen["state"]] if "state" in chosen else WAITING)]
    wanted += [drafts.c[name] == chosen[name] for name in ("channel", "language") if name in chosen]
    if "campaign" in chosen:
        of_campaign = select(plans.c.id).where(plans.c.campaign == chosen["campaign"])
        wanted.append(drafts.c.plan_id.in_(of_campaign))
    return wanted + having_finding(chosen.get("rule"), None)
