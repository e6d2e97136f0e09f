"""The guards' layers as the benchmark runs them: each answers a copy with an inspection, and scores if it has any.

Where the weights of the classifier are not there, the benchmark has the rules alone: every table says its layer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from math import log
from typing import Any

from aboveboard.finding import Copy, Finding, Inspection, Severity
from aboveboard.guarding import found, run_direct, run_rules
from aboveboard.policy import Policy
from aboveboard.rulebook import load_policy

RULES = "rules and claims"
READER = "the classifier alone, reading the rules' marks"
ALL = "all local layers"
SURE = 100.0  # log-odds no probability of three digits reaches: what a fact contradicts is always flagged


@dataclass(frozen=True)
class Layer:
    """One layer with all that stand under it."""

    inspect: Callable[[Copy], Inspection]
    scores: Callable[[Copy], Mapping[str, float]] | None = None  # a calibrated probability for each code
    suspicion: Callable[[Copy], float] | None = None  # what a threshold can move over; None: the findings' weight
    inspect_many: Callable[[Sequence[Copy]], Sequence[Inspection]] | None = None  # where a batch is cheaper

    def inspect_all(self, copies: Sequence[Copy]) -> Sequence[Inspection]:
        """Return an inspection of each copy, in one batch where the layer can."""
        return self.inspect_many(copies) if self.inspect_many else [self.inspect(copy) for copy in copies]


def open_layers() -> dict[str, Layer]:
    """Return the layers there are, the plainest first, the fullest last."""
    policy = load_policy()
    layers = {RULES: Layer(partial(run_rules, policy))}
    classifier = _classifier()
    if classifier:
        scores = partial(_probabilities, classifier, policy)
        layers[READER] = Layer(
            inspect=partial(_read_alone, classifier, policy),
            scores=scores,
            suspicion=partial(_margin, classifier, policy),
        )
        layers[ALL] = Layer(
            inspect=partial(run_direct, policy),
            scores=scores,
            suspicion=lambda copy: _whole(_margin(classifier, policy, copy), run_direct(policy, copy)),
        )
    return layers


def weighty(inspection: Inspection) -> list[Finding]:
    """Return the findings that keep a copy from being cleared."""
    return [one for one in inspection.findings if one.severity is not Severity.NOTE]


def weight(inspection: Inspection) -> int:
    """Return how much all findings weigh together: a review counts one, a block two."""
    return sum(one.severity.rank for one in inspection.findings)


def stops(layer: Layer, copy: Copy) -> bool:
    """Whether `layer` would keep `copy` from being cleared."""
    return bool(weighty(layer.inspect(copy)))


def _classifier() -> Any:
    """Return the module of the classifier, or nothing where it or its weights are missing."""
    if not find_spec("aboveboard.guards.classifier"):
        return None
    classifier = import_module("aboveboard.guards.classifier")
    return classifier if (classifier.FOLDER / "card.json").is_file() else None


def _probabilities(classifier: Any, policy: Policy, copy: Copy) -> dict[str, float]:
    told = classifier.readings(copy, run_rules(policy, copy))
    return {one.code: float(one.probability) for one in told.codes}


def _read_alone(classifier: Any, policy: Policy, copy: Copy) -> Inspection:
    """Return only what the classifier would say by itself, having seen where rules met the text."""
    inspection = run_rules(policy, copy)
    told = classifier.readings(copy, inspection)
    if told.probability < classifier.the_card().flags_from:
        return Inspection()
    sure = [(policy.rule(one.code), one) for one in classifier.named(told, inspection, sure=True)]
    return Inspection(findings=tuple(found(rule, copy, one.start, one.end, ()) for rule, one in sure if rule))


def _margin(classifier: Any, policy: Policy, copy: Copy) -> float:
    """Return how far the probability of any code stands above the one that flags, in log-odds."""
    told = classifier.readings(copy, run_rules(policy, copy))
    return _odds(told.probability) - _odds(classifier.the_card().flags_from)


def _odds(probability: float) -> float:
    kept = min(max(probability, 0.0005), 0.9995)
    return log(kept / (1 - kept))


def _whole(margin: float, inspection: Inspection) -> float:
    """Return the margin; what a fact contradicts is sure, what a rule found stands at the threshold at least."""
    if any(one.severity is Severity.BLOCK for one in inspection.findings):
        return SURE + weight(inspection)
    return max(margin, 0.0) if weighty(inspection) else min(margin, -0.001)
