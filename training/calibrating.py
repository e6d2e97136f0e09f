"""From scores to probabilities, and from probabilities to findings: all chosen on dev, at a stated rate of false flags.

Scores become probabilities by Platt's method (1999), one line a code. One probability for all codes decides when a
caption is flagged: the lowest at which, rules included, no more than `FALSE_FLAGS` of the clean dev captions are.
"""

from typing import Any

import numpy as np

from aboveboard.finding import Inspection, Severity
from training.corpus import CODES, Caption

FALSE_FLAGS = 0.05
KEPT = 0.97  # share of the rules' true findings that must stay when the model calls a cue innocent
DOUBT = 0.15  # from this probability on, a critic is asked where there is one

Marked = list[tuple[Caption, Inspection]]


def calibrate(dev: Marked, scores: Any, certain: frozenset[str]) -> dict[str, dict[str, float]]:
    """Return scale and shift, and the probabilities that decide, for every code."""
    gold = np.array([[code in caption.codes for code in CODES] for caption, _ in dev])
    lines = [platt(scores[:, place], gold[:, place]) for place in range(len(CODES))]
    chances = np.stack([probability(scores[:, place], *line) for place, line in enumerate(lines)], axis=1)
    open_codes = np.array([code not in certain for code in CODES])
    met = rules_met(dev)
    innocent = innocent_below(chances, gold, met)
    standing = met & ~((chances < innocent) & soft(dev))
    flag = flag_from(chances * open_codes, standing, gold)
    also = also_from(chances * open_codes, standing, gold, flag)
    return {
        "scale": {code: round(line[0], 4) for code, line in zip(CODES, lines, strict=True)},
        "shift": {code: round(line[1], 4) for code, line in zip(CODES, lines, strict=True)},
        "flags_from": {code: 1.01 if code in certain else flag for code in CODES},
        "also_from": {code: 1.01 if code in certain else also for code in CODES},
        "doubts_from": dict.fromkeys(CODES, min(DOUBT, flag)),
        "innocent_below": {code: 0.0 if code in certain else innocent for code in CODES},
    }


def platt(score: Any, gold: Any) -> tuple[float, float]:
    """Return scale and shift of the logistic line through scores and labels; the plain one where labels are few."""
    from sklearn.linear_model import LogisticRegression

    if gold.sum() < 5:
        return 1.0, 0.0
    line = LogisticRegression(C=1.0).fit(score.reshape(-1, 1), gold)
    return float(line.coef_[0][0]), float(line.intercept_[0])


def probability(score: Any, scale: float, shift: float) -> Any:
    """Return the probability behind a score."""
    return 1 / (1 + np.exp(-(scale * score + shift)))


def rules_met(marked: Marked) -> Any:
    """Return which codes the rules have found in each caption, notes left out."""
    return np.array([[_found(inspection, code) for code in CODES] for _, inspection in marked])


def _found(inspection: Inspection, code: str) -> bool:
    return any(one.rule == code and one.severity is not Severity.NOTE for one in inspection.findings)


def soft(marked: Marked) -> Any:
    """Return where all that the rules found of a code is a cue or unsupported: nothing a fact contradicts."""
    return np.array([[_soft(inspection, code) for code in CODES] for _, inspection in marked])


def _soft(inspection: Inspection, code: str) -> bool:
    kinds = {e.kind for one in inspection.findings if one.rule == code for e in one.evidence}
    return kinds <= {"cue", "unsupported"}


def innocent_below(chances: Any, gold: Any, met: Any) -> float:
    """Return the probability under which a cue counts as innocent: `KEPT` of the true findings lie above it."""
    true = chances[met & gold]
    return round(float(np.quantile(true, 1 - KEPT)), 3) if true.size else 0.0


def flag_from(chances: Any, standing: Any, gold: Any) -> float:
    """Return the lowest probability, in steps of 0.01, at which clean captions are flagged seldom enough."""
    clean = ~gold.any(axis=1)
    for flag in np.arange(0.1, 1.0, 0.01):
        if ((chances >= flag) | standing)[clean].any(axis=1).mean() <= FALSE_FLAGS:
            return round(float(flag), 2)
    return 0.99


def also_from(chances: Any, standing: Any, gold: Any, flag: float) -> float:
    """Return the probability from which further codes of a flagged caption are named: the best macro-F1 on dev."""
    flagged = ((chances >= flag) | standing).any(axis=1, keepdims=True)
    best = max(
        np.arange(0.05, flag + 0.001, 0.01),
        key=lambda also: macro_f1((chances >= flag) | standing | (flagged & (chances >= also)), gold),
    )
    return round(float(best), 2)


def macro_f1(told: Any, gold: Any) -> float:
    """Return the mean F1 over the codes that `gold` holds."""
    hits = (told & gold).sum(axis=0)
    both = told.sum(axis=0) + gold.sum(axis=0)
    there = gold.any(axis=0)
    return float((2 * hits[there] / np.maximum(both[there], 1)).mean())
