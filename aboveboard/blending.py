"""Two models' scores of one caption as one probability that it has any code, and one for each code."""

from collections.abc import Sequence
from math import exp

from pydantic import BaseModel, ConfigDict


class Measured(BaseModel):
    """How right the guards together are about one code, where the weights were calibrated."""

    model_config = ConfigDict(frozen=True)

    precision: float
    recall: float
    n: int  # captions that carry it


class Card(BaseModel):
    """What the weights are and how their scores are read; `training/calibrating.py` says whence each number."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    codes: tuple[str, ...]
    whole: tuple[float, ...]  # weights of `features_of_whole` and, last, the intercept
    blend: tuple[float, float]  # weights of a code's network score and linear score
    shift: dict[str, float]  # each code's intercept
    certain: frozenset[str]  # codes that other guards know without guessing: never a finding of the classifier
    flags_from: float  # probability of any code from which a caption is flagged
    names_from: float  # probability from which a code of a flagged caption is named
    innocent_below: float  # probability of any code under which a rule's cue is only noted
    overruled_below: float  # the same for a claim that a fact contradicts
    doubts_from: float  # probability of any code from which a critic, where there is one, is asked
    weights: str  # sha256 over the files of weights
    measured: dict[str, Measured] = {}  # by code; a card may say nothing of it


def features_of_whole(network: Sequence[float], linear: Sequence[float]) -> list[float]:
    """Return what the blend for the whole sees: each model's score for any code, plus that of its surest code.

    The last of each model's scores is the one for any code.
    """
    return [float(scores[-1]) + max(map(float, scores[:-1])) for scores in (network, linear)]


def chance_of_any(card: Card, network: Sequence[float], linear: Sequence[float]) -> float:
    """Return the probability that a caption has any code."""
    seen = features_of_whole(network, linear)
    return _chance(sum(weight * value for weight, value in zip(card.whole, [*seen, 1.0], strict=True)))


def chance_of(card: Card, code: str, network: float, linear: float) -> float:
    """Return the probability of `code`, given both models' scores of it."""
    return _chance(card.blend[0] * network + card.blend[1] * linear + card.shift[code])


def _chance(odds: float) -> float:
    return 1 / (1 + exp(-min(max(odds, -40.0), 40.0)))
