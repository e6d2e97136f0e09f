"""What the ledger attests of a bundle's evidence: each judgement and each decision, and who says otherwise."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aboveboard.digests import digest
from aboveboard.errors import BundleError
from aboveboard.ledger import Entry, Slice
from aboveboard.opening import Opened
from aboveboard.record import STATES, Decision, Recorded, judgement


def recorded_at(chain: Slice) -> datetime:
    """Return when the ledger says that the plan was recorded. Raises BundleError where it doesn't."""
    for entry in chain.entries:
        if entry.kind == "plan.recorded" and entry.body is not None:
            return entry.at
    raise BundleError("ledger.jsonl: no entry says that the plan was recorded. Ask for the bundle again.")


def contradictions(opened: Opened) -> list[str]:
    """Return where ledger and evidence disagree: on the plan, a judgement, a decision, or a state."""
    ours = [entry for entry in opened.ledger.entries if entry.plan_id == opened.manifest.plan]
    return [*_of_plan(ours, opened), *_of_judgements(ours, opened), *_of_decisions(ours, opened.recorded)]


def _of_plan(ours: list[Entry], opened: Opened) -> Iterator[str]:
    if opened.ledger.anchor.plan_id != opened.manifest.plan:
        yield "the ledger is anchored to another plan than plan.json names"
    said = [entry.body or {} for entry in ours if entry.kind == "plan.recorded"]
    if len(said) != 1:
        yield f"the ledger records this plan {len(said)} times, where once is right"
        return
    true: dict[str, Any] = {"brief": digest(opened.brief), "campaign": opened.brief.campaign}
    other = [name for name in true if said[0].get(name) != true[name]]
    policies = [entry.body or {} for entry in ours if entry.kind in ("plan.recorded", "plan.rejudged")]
    other += ["policy"] if policies[-1].get("policy") != opened.policy.digest else []
    yield from (f"the ledger records another {name} for this plan" for name in other)
    asked = {one.triggered_by for one in opened.recorded} - {said[0].get("triggered_by")}
    if asked:
        yield "the evidence says that another person asked for the campaign than the ledger does"


def _of_judgements(ours: list[Entry], opened: Opened) -> Iterator[str]:
    said = {str((entry.body or {}).get("draft")): entry.body for entry in ours if entry.kind == "draft.judged"}
    for one in opened.recorded:
        true = judgement(one.judged)
        told = said.pop(true["draft"], None)
        if told is None:
            yield f"draft {one.id[:12]} is in the evidence, but the ledger never saw it judged"
            continue
        for name in sorted(true):
            if told.get(name) != true[name]:
                yield f"draft {one.id[:12]}: the ledger says another {name} than the evidence"
    yield from (f"draft {draft[:12]} is in the ledger, but not in the evidence" for draft in sorted(said))


def _of_decisions(ours: list[Entry], recorded: tuple[Recorded, ...]) -> Iterator[str]:
    said = [(entry, entry.body or {}) for entry in ours if entry.kind.startswith("decision.")]
    made = {_told(decision): decision for one in recorded for decision in one.decisions}
    attested = {digest([entry.at.timestamp(), {**body, "becomes": None}]) for entry, body in said}
    for told, decision in made.items():
        if told not in attested:
            yield f"draft {decision.draft[:12]}: the ledger doesn't attest the decision to {decision.action} it"
    for told in sorted(attested - made.keys()):
        yield f"the ledger attests a decision ({told[:12]}) that the evidence leaves out"
    became = {str(body.get("draft")): body.get("becomes") for _, body in said}
    for one in recorded:
        state = became.get(one.id, STATES[one.judged.verdict.outcome])
        if state != one.state:
            yield f"draft {one.id[:12]}: the evidence says {one.state}, the ledger {state}"


def _told(decision: Decision) -> str:
    """Return a digest of what the ledger says of a decision whose actor is a pseudonym already."""
    told = decision.model_dump(mode="json", exclude={"plan_id", "at"})
    return digest([decision.at.timestamp(), {**told, "becomes": None}])
