"""How often each rule fires, and how often a reviewer overrules it: what tells a rule that nags."""

from typing import NamedTuple

from sqlalchemy import Engine, func, select

from aboveboard.tables import decisions, drafts, findings


class Fired(NamedTuple):
    """Of one rule: in how many drafts it held something back, and how often a person approved all the same."""

    drafts: int
    overruled: int


def fired(engine: Engine) -> dict[str, Fired]:
    """Return by rule how often it fired and was overruled; a note holds nothing back and isn't counted."""
    met = select(findings.c.rule, findings.c.plan_id, findings.c.draft_id).where(findings.c.severity != "note")
    once = met.distinct().subquery()
    of_draft = (decisions.c.plan_id == once.c.plan_id) & (decisions.c.draft == once.c.draft_id)
    approved = select(once.c.rule, once.c.plan_id, once.c.draft_id).join_from(once, decisions, of_draft)
    stood = (drafts.c.plan_id == decisions.c.plan_id) & (drafts.c.id == decisions.c.draft)
    approved = approved.join(drafts, stood).where(decisions.c.action == "approve", drafts.c.state == "cleared")
    let_go = approved.distinct().subquery()
    with engine.connect() as connection:
        all_of_them = connection.execute(select(once.c.rule, func.count()).group_by(once.c.rule)).all()
        overruled = connection.execute(select(let_go.c.rule, func.count()).group_by(let_go.c.rule)).all()
    many = {str(rule): int(number) for rule, number in overruled}
    return {str(rule): Fired(int(number), many.get(str(rule), 0)) for rule, number in all_of_them}
