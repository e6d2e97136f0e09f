"""From two models' scores to probabilities, and from probabilities to findings: all chosen on dev.

Logistic regression blends network and linear model into one probability that a caption has any code, and one for
each code. Then the lowest probability that flags is chosen at which, hard findings of the rules included, no more
than `FALSE_FLAGS` of the clean dev captions are flagged; and together with it the probability under which a
rule's cue, or a claim that a fact contradicts, is only noted.
"""

from typing import Any, NamedTuple, get_args

import numpy as np

from aboveboard.blending import features_of_whole
from aboveboard.finding import Inspection, Severity
from aboveboard.guards.classifier import Standing, standing
from training.corpus import CODES, Caption

# Rules were mended on part of dev, which flatters them there. The bar for captions nobody has seen is 5 %, so dev
# must leave room for the difference.
FALSE_FLAGS = 0.045
DOUBT = 0.5  # of the probability that flags: from there on, a critic is asked where there is one
STEPS = np.arange(0.02, 0.99, 0.01)

Marked = list[tuple[Caption, Inspection]]


def calibrate(dev: Marked, network: Any, linear: Any, certain: frozenset[str]) -> dict[str, Any]:
    """Return what the card says of reading the scores: the blends, and the probabilities that decide.

    `network` and `linear` have a row a caption and a column a code, and one more for any code at all.
    """
    gold = np.array([[code in caption.codes for code in CODES] for caption, _ in dev])
    open_codes = np.array([code not in certain for code in CODES])
    flagged = (gold & open_codes).any(axis=1)
    seen = [features_of_whole(*row) for row in zip(network, linear, strict=True)]
    whole = _logistic(np.array(seen), flagged)
    chances = probability(np.array(seen) @ whole[:-1] + whole[-1])
    codes = _blend(network, linear, gold)
    by_code = probability(codes[0] * network[:, :-1] + codes[1] * linear[:, :-1] + codes[2:])
    sure, against, cued = (found(dev, certain, kind) for kind in get_args(Standing))
    met = against | cued
    chosen = deciding(chances, *(one.any(axis=1) for one in (sure, met, gold)))
    kept = sure | (met & (chances >= chosen.stands)[:, None])
    told = (chances >= chosen.flag)[:, None] | kept.any(axis=1, keepdims=True)
    name = naming(by_code * open_codes, told, kept, gold)
    return {
        "whole": [round(float(weight), 4) for weight in whole],
        "blend": [round(float(weight), 4) for weight in codes[:2]],
        "shift": {code: round(float(shift), 4) for code, shift in zip(CODES, codes[2:], strict=True)},
        "certain": sorted(certain),
        "flags_from": chosen.flag,
        "names_from": name,
        "innocent_below": chosen.stands,
        "overruled_below": chosen.stands,  # the same, as contradictions err no less than cues do
        "doubts_from": round(DOUBT * chosen.flag, 3),
        "measured": measured(named_at(name, by_code * open_codes, told, kept), gold),
    }


def _logistic(table: Any, wanted: Any) -> Any:
    """Return weights and, last, the intercept of a logistic regression."""
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=1.0, max_iter=2000).fit(table, wanted)
    return np.append(line.coef_[0], line.intercept_[0])


def _blend(network: Any, linear: Any, gold: Any) -> Any:
    """Return the weights of network and linear model, shared by all codes, and each code's intercept."""
    number = len(CODES)
    rows = [
        [network[row, place], linear[row, place], *np.eye(number)[place]]
        for row in range(len(gold))
        for place in range(number)
    ]
    fitted = _logistic(np.array(rows), gold.ravel())
    return np.concatenate([fitted[:2], fitted[2:-1] + fitted[-1]])


def probability(odds: Any) -> Any:
    """Return the probability behind log-odds."""
    return 1 / (1 + np.exp(-odds))


def found(marked: Marked, certain: frozenset[str], kind: Standing) -> Any:
    """Return which codes the rules found in each caption by findings of one kind: certain, contested or soft."""
    return np.array([[_found(inspection, code, certain, kind) for code in CODES] for _, inspection in marked])


def _found(inspection: Inspection, code: str, certain: frozenset[str], kind: Standing) -> bool:
    weighty = [one for one in inspection.findings if one.rule == code and one.severity is not Severity.NOTE]
    return any(standing(one, certain) == kind for one in weighty)


class Decided(NamedTuple):
    """The probabilities that decide, by what they give on dev."""

    recall: float
    flag: float  # from here on a caption is flagged
    stands: float  # from here on what the rules found stands; under it, it is only noted


def deciding(chances: Any, certain: Any, met: Any, flagged: Any) -> Decided:
    """Return the probabilities with the most recall at the rate of false flags.

    `certain` and `met` say in which captions the rules found something that stands by itself, and something else.
    """
    best = Decided(-1.0, 0.99, 0.99)
    for flag in STEPS:
        for stands in STEPS[STEPS <= flag]:
            told = (chances >= flag) | certain | (met & (chances >= stands))
            if told[~flagged].mean() <= FALSE_FLAGS:
                best = max(
                    best, Decided(float(told[flagged].mean()), round(float(flag), 2), round(float(stands), 2))
                )
                break
    return best


def naming(by_code: Any, told: Any, kept: Any, gold: Any) -> float:
    """Return the probability from which a flagged caption's codes are named: the best macro-F1 on dev."""
    best = max(STEPS, key=lambda name: macro_f1(named_at(name, by_code, told, kept), gold))
    return round(float(best), 2)


def named_at(name: float, by_code: Any, told: Any, kept: Any) -> Any:
    """Return which codes are named in each caption where a flagged one's are from the probability `name` on."""
    surest = by_code.max(axis=1, keepdims=True)
    return kept | (told & ((by_code >= name) | (by_code >= surest)))


def measured(told: Any, gold: Any) -> dict[str, dict[str, float]]:
    """Return precision and recall on dev by code, with the number of captions that carry it."""
    hits, said, there = (told & gold).sum(axis=0), told.sum(axis=0), gold.sum(axis=0)
    shares = np.stack([hits / np.maximum(said, 1), hits / np.maximum(there, 1)], axis=1)
    return {
        code: {"precision": round(float(right), 3), "recall": round(float(found), 3), "n": int(number)}
        for code, (right, found), number in zip(CODES, shares, there, strict=True)
    }


def macro_f1(told: Any, gold: Any) -> float:
    """Return the mean F1 over the codes that `gold` holds."""
    hits = (told & gold).sum(axis=0)
    both = told.sum(axis=0) + gold.sum(axis=0)
    there = gold.any(axis=0)
    return float((2 * hits[there] / np.maximum(both[there], 1)).mean())
