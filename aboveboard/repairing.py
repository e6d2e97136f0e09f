"""Rewrite with the findings as critique, a few times at most, and keep the best wording.

This is about words. Pictures are made of the caption that it settles on, and judged with it by `rejudged`.
"""

from collections.abc import Callable

from aboveboard.commission import Commission, Written
from aboveboard.draft import Attempt, Draft, Frozen, Judged
from aboveboard.finding import Finding, Inspection, Severity, judge

MODEL_OUTPUT = "model-output"  # a writer has already asked again for what wasn't usable


class Wording(Frozen):
    """One wording tried: the draft, and what guards and writer found in it."""

    draft: Draft
    inspection: Inspection
    written: Written


def repaired(
    commission: Commission,
    write: Callable[[Commission], Written],
    draft: Callable[[Written], Draft],
    inspect: Callable[[Draft], Inspection],
    limit: int,
    required: frozenset[str],
) -> Judged:
    """Write, and rewrite at most `limit` times while a finding weighs review or more; judge the best wording.

    It stops early when a rewrite changes nothing. The best has the lightest findings, then the fewest, and among
    equals the first. The others stay as attempts. `required` are the ids of the rules that must have answered.
    """
    tried = [_try(commission, write, draft, inspect)]
    usage = list(tried[0].written.usage)
    while len(tried) <= limit and (critique := _critique(tried[-1])):
        previous = tried[-1].draft.caption.text
        again = commission.model_copy(update={"critique": critique, "previous": previous})
        wording = _try(again, write, draft, inspect)
        usage += wording.written.usage
        if wording.draft.caption.text == previous:
            break
        tried.append(wording)
    best = min(tried, key=_weight)
    return Judged(
        draft=best.draft,
        inspection=best.inspection,
        verdict=judge(best.inspection, required),
        attempts=tuple(
            Attempt(post=other.draft.post, findings=other.inspection.findings)
            for other in tried
            if other is not best
        ),
        usage=tuple(usage),
    )


def rejudged(judged: Judged, draft: Draft, inspection: Inspection, required: frozenset[str]) -> Judged:
    """Return `judged` for the whole `draft`, picture and all, keeping what its writer said of the words."""
    writers = tuple(f for f in judged.inspection.findings if f.rule not in required)  # no guard's rule
    whole = _joined(inspection, writers)
    return judged.model_copy(
        update={"draft": draft, "inspection": whole, "verdict": judge(whole, required)},
    )


def _try(
    commission: Commission,
    write: Callable[[Commission], Written],
    draft: Callable[[Written], Draft],
    inspect: Callable[[Draft], Inspection],
) -> Wording:
    written = write(commission)
    made = draft(written)
    return Wording(draft=made, inspection=_joined(inspect(made), written.findings), written=written)


def _joined(inspection: Inspection, findings: tuple[Finding, ...]) -> Inspection:
    return inspection.model_copy(update={"findings": (*inspection.findings, *findings)})


def _critique(wording: Wording) -> tuple[Finding, ...]:
    weighty = [f for f in wording.inspection.findings if f.severity.rank >= Severity.REVIEW.rank and not _broke(f)]
    if wording.written.caption is None or all(finding.rule == MODEL_OUTPUT for finding in weighty):
        return ()
    return tuple(weighty)


def _broke(finding: Finding) -> bool:
    """Whether a guard broke off there: no other wording mends that."""
    return any(evidence.kind == "crash" for evidence in finding.evidence)


def _weight(wording: Wording) -> tuple[bool, int, int, int]:
    ranks = [finding.severity.rank for finding in wording.inspection.findings]
    return wording.written.caption is None, max(ranks, default=0), sum(rank > 0 for rank in ranks), len(ranks)
