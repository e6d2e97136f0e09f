"""The guards' layers as the benchmark runs them: each answers a copy with an inspection, and with scores if it has any.

The seam for the classifier: a module `aboveboard.guards.classifier` with `run(policy, copy) -> Inspection`, all local
layers together, `scores(policy, copy) -> dict[code, float]`, calibrated probabilities of the same, and where a batch is
cheaper `run_many(policy, copies)`. Until that module is there, the benchmark has the rules alone, and every table says which layer it is about.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec

from aboveboard.finding import Copy, Inspection, Severity
from aboveboard.guarding import run_direct
from aboveboard.rulebook import load_policy

RULES = "rules and claims"
ALL = "all local layers"
CLASSIFIER = "aboveboard.guards.classifier"


@dataclass(frozen=True)
class Layer:
    """One layer with all that stand under it."""

    inspect: Callable[[Copy], Inspection]
    scores: Callable[[Copy], Mapping[str, float]] | None = None
    inspect_many: Callable[[Sequence[Copy]], Sequence[Inspection]] | None = None  # where a batch is cheaper

    def inspect_all(self, copies: Sequence[Copy]) -> Sequence[Inspection]:
        """Return an inspection of each copy, in one batch where the layer can."""
        return self.inspect_many(copies) if self.inspect_many else [self.inspect(copy) for copy in copies]


def open_layers() -> dict[str, Layer]:
    """Return the layers there are, the fullest last."""
    policy = load_policy()
    layers = {RULES: Layer(partial(run_direct, policy))}
    if find_spec(CLASSIFIER):
        classifier = import_module(CLASSIFIER)
        many = getattr(classifier, "run_many", None)
        layers[ALL] = Layer(
            inspect=partial(classifier.run, policy),
            scores=partial(classifier.scores, policy),
            inspect_many=partial(many, policy) if many else None,
        )
    return layers


def stops(layer: Layer, copy: Copy) -> bool:
    """Whether `layer` would keep `copy` from being cleared."""
    return any(one.severity is not Severity.NOTE for one in layer.inspect(copy).findings)
