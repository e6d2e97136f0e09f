"""How right a guard is: shares with their intervals, curves, spans, pairs, agreement. Pure functions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import cohen_kappa_score, precision_recall_fscore_support, roc_auc_score, roc_curve

from bench.section import Share
from training.corpus import Caption, Label

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
Z = 1.959964  # the normal quantile of a 95% interval
TOLERATED = 0.05  # share of clean captions a reviewer can be asked to look at in vain
DRAWS = 1000


@dataclass(frozen=True)
class Reading:
    """What one layer said of one caption: the stretches it would stop, and its scores where it gives any."""

    caption: Caption
    spans: tuple[tuple[str, int, int], ...]  # code, start, end of every finding that weighs review or more
    suspicion: float = 0.0  # what the layer's threshold moves over: higher is flagged sooner
    scores: Mapping[str, float] = field(
        default_factory=dict
    )  # a probability for each code, where the layer has them

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(code for code, _, _ in self.spans)

    @property
    def guilty(self) -> bool:
        return bool(self.caption.labels)


def share(hits: Iterable[bool]) -> Share:
    """Return the share of true in `hits`. Source of the interval: Wilson (1927)."""
    told = list(hits)
    n = len(told)
    if not n:
        return Share(rate=None, n=0)
    rate = sum(told) / n
    middle, spread = rate + Z * Z / (2 * n), Z * sqrt(rate * (1 - rate) / n + Z * Z / (4 * n * n))
    whole = 1 + Z * Z / n
    return Share(rate=rate, low=max(0.0, (middle - spread) / whole), high=min(1.0, (middle + spread) / whole), n=n)


def interval(rate: float, draws: Numbers, n: int) -> Share:
    """Return `rate` with the middle 95% of its bootstrap `draws`."""
    low, high = np.quantile(draws, (0.025, 0.975))
    return Share(rate=rate, low=float(low), high=float(high), n=n)


def matrix(captions: Iterable[frozenset[str]], codes: Sequence[str]) -> Flags:
    """Return one row a caption, one column a code."""
    return np.array([[code in held for code in codes] for held in captions], dtype=np.bool_).reshape(
        -1, len(codes)
    )


def f1_draws(gold: Flags, said: Flags, seed: int, draws: int = DRAWS) -> Numbers:
    """Return the F1 of every code in every bootstrap sample of captions, one row a sample."""
    n = len(gold)
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float64)
    both, either = weights @ (gold & said), weights @ (gold.astype(np.float64) + said)
    return np.divide(2 * both, either, out=np.zeros_like(both), where=either > 0)


@dataclass(frozen=True)
class CodeScore:
    """How one code is found; `f1` carries a bootstrap interval, the others Wilson's."""

    code: str
    precision: Share
    recall: Share
    f1: Share
    auc: float | None


def by_code(readings: Sequence[Reading], codes: Sequence[str], seed: int) -> tuple[list[CodeScore], Share]:
    """Return the scores of each code, and the macro-F1 over the codes that the captions carry."""
    gold = matrix((one.caption.codes for one in readings), codes)
    said = matrix((one.codes for one in readings), codes)
    f1 = precision_recall_fscore_support(gold, said, zero_division=0)[2]
    draws = f1_draws(gold, said, seed)
    rows = [
        CodeScore(
            code=code,
            precision=share(gold[said[:, k], k]),
            recall=share(said[gold[:, k], k]),
            f1=interval(float(f1[k]), draws[:, k], int(gold[:, k].sum())),
            auc=_code_auc(readings, code, gold[:, k]),
        )
        for k, code in enumerate(codes)
    ]
    held = gold.any(axis=0)
    if not held.any():
        return rows, Share(rate=None, n=0)
    return rows, interval(float(f1[held].mean()), draws[:, held].mean(axis=1), len(readings))


def _code_auc(readings: Sequence[Reading], code: str, gold: Flags) -> float | None:
    if not all(one.scores for one in readings):
        return None
    return auc(gold, [one.scores.get(code, 0.0) for one in readings])


def auc(gold: Sequence[bool] | Flags, scores: Sequence[float] | Numbers) -> float | None:
    """Return the area under the ROC curve; nothing where only one class is there."""
    return float(roc_auc_score(gold, scores)) if len(set(map(bool, gold))) == 2 else None


def threshold_at(
    gold: Sequence[bool] | Flags, scores: Sequence[float] | Numbers, tolerated: float = TOLERATED
) -> float:
    """Return the lowest score to flag from, so that at most `tolerated` of the clean ones are flagged."""
    false, _, cuts = roc_curve(gold, scores, drop_intermediate=False)
    return float(min(cuts[false <= tolerated]))


def recall_at(
    gold: Sequence[bool] | Flags, scores: Sequence[float] | Numbers, tolerated: float = TOLERATED
) -> Share:
    """Return the recall where at most `tolerated` of the clean are flagged; nothing where a class is missing."""
    if len(set(map(bool, gold))) < 2:
        return Share(rate=None, n=0)
    cut = threshold_at(gold, scores, tolerated)
    return share(score >= cut for score, guilty in zip(scores, gold, strict=True) if guilty)


def recall(readings: Iterable[Reading]) -> Share:
    """Return how many captions with a label are flagged at all."""
    return share(bool(one.spans) for one in readings if one.guilty)


def false_flags(readings: Iterable[Reading]) -> Share:
    """Return how many clean captions are flagged."""
    return share(bool(one.spans) for one in readings if not one.guilty)


def label_recall(readings: Iterable[Reading], wanted: Callable[[Label], bool]) -> Share:
    """Return how many labels that are `wanted` are found by their own code."""
    return share(label.code in one.codes for one in readings for label in one.caption.labels if wanted(label))


def pairs(readings: Iterable[Reading]) -> tuple[Share, Share]:
    """Return how many minimal pairs have both halves right: flagged or not, and with exactly the right codes."""
    halves: dict[str, list[Reading]] = {}
    for one in readings:
        if one.caption.pair:
            halves.setdefault(one.caption.pair, []).append(one)
    whole = [both for both in halves.values() if len(both) == 2]
    return (
        share(all(bool(one.spans) == one.guilty for one in both) for both in whole),
        share(all(_strictly_right(one) for one in both) for both in whole),
    )


def _strictly_right(one: Reading) -> bool:
    """Every labelled code is found where there are any; nothing at all where there are none."""
    return one.caption.codes <= one.codes if one.guilty else not one.spans


def iou(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Return how much two stretches overlap, as a share of what they cover together."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return max(0, shared) / (max(one[1], other[1]) - min(one[0], other[0])) if shared > 0 else 0.0


def overlaps(readings: Iterable[Reading]) -> list[float]:
    """Return, for each label whose code was found, its overlap with the best finding of that code."""
    return [
        max(iou((label.start, label.end), (start, end)) for code, start, end in one.spans if code == label.code)
        for one in readings
        for label in one.caption.labels
        if label.code in one.codes
    ]


@dataclass(frozen=True)
class Bin:
    """Scores that fall between two tenths: what the classifier said on average, and how often it was so."""

    low: float
    high: float
    said: float
    true: Share


def reliability(scores: Sequence[float], gold: Sequence[bool], bins: int = 10) -> tuple[list[Bin], float]:
    """Return the filled bins, and the expected calibration error: the gap, weighed by how many fall in."""
    told, truth = np.asarray(scores, dtype=np.float64), np.asarray(gold, dtype=np.bool_)
    place = np.minimum((told * bins).astype(int), bins - 1)
    filled = [
        Bin(k / bins, (k + 1) / bins, float(told[place == k].mean()), share(truth[place == k]))
        for k in range(bins)
        if (place == k).any()
    ]
    gaps = [abs(one.said - (one.true.rate or 0.0)) * one.true.n for one in filled]
    return filled, sum(gaps) / len(told) if len(told) else 0.0


def kappas(
    first: Mapping[str, frozenset[str]], second: Mapping[str, frozenset[str]], codes: Sequence[str]
) -> dict[str, tuple[float | None, int]]:
    """Return Cohen's kappa of two readers for each code and how many captions either gave it.

    Where both readers never, or always, gave the code there is nothing to agree on, and no kappa.
    """
    ids = sorted(first.keys() & second.keys())
    told = {}
    for code in codes:
        one, other = [code in first[key] for key in ids], [code in second[key] for key in ids]
        given = sum(a or b for a, b in zip(one, other, strict=True))
        value = float(cohen_kappa_score(one, other)) if len({*one, *other}) == 2 else None
        told[code] = (value, given)
    return told


def grouped(readings: Iterable[Reading], key: Callable[[Reading], Any]) -> dict[str, list[Reading]]:
    """Return the readings by what `key` says of each, in order of that."""
    groups: dict[str, list[Reading]] = {}
    for one in readings:
        groups.setdefault(str(key(one)), []).append(one)
    return dict(sorted(groups.items()))
