"""A text as its words, pairs of words and runs of letters, and the linear model over them.

It is half of the classifier: it knows wordings where the network knows sense; together they err less.
scikit-learn trains it; its scoring, one weighted sum, is done here, so that judging needs no scikit-learn.
"""

import re
from collections import Counter
from collections.abc import Iterable
from math import log, sqrt
from typing import Any, NamedTuple

WORD = re.compile(r"\w+")
RUNS = (2, 3, 4, 5)  # letters
LONGEST = 6_000  # characters read: a longer text has said what it is


class Grams(NamedTuple):
    """The features of a text: its words, pairs of words and marks; and the runs of letters in its words."""

    words: list[str]
    runs: list[str]


def grams(text: str, marks: Iterable[str] = ()) -> Grams:
    """Return the features of a normalised `text`, and of what other guards marked in it."""
    words = WORD.findall(text[:LONGEST])
    pairs = [f"{one} {other}" for one, other in zip(words, words[1:], strict=False)]
    runs: list[str] = []
    for word in words:
        padded = f" {word} "
        for run in RUNS:
            runs += [padded[at : at + run] for at in range(len(padded) - run + 1)]
    return Grams([*words, *pairs, *marks], runs)


class Weights(NamedTuple):
    """One kind of features: `places` says which row a feature has, `rarity` its idf, `rows` its weight a score."""

    places: dict[str, int]
    rarity: Any
    rows: Any

    def add(self, features: list[str]) -> Any:
        """Return what `features` add to the scores: sublinear tf-idf of unit length, times the weights."""
        import numpy as np

        counts = Counter(place for feature in features if (place := self.places.get(feature)) is not None)
        if not counts:
            return np.zeros(self.rows.shape[1])
        at = np.fromiter(counts, dtype=np.int64, count=len(counts))
        values = np.array([1 + log(count) for count in counts.values()]) * self.rarity[at]
        return (values / sqrt(float(values @ values))) @ self.rows[at]


class Linear(NamedTuple):
    """The linear model: what words and runs of letters add to each score, and where each begins."""

    words: Weights
    runs: Weights
    bias: Any

    def scores(self, told: Grams) -> Any:
        """Return the score of a text for each code it learned."""
        return self.words.add(told.words) + self.runs.add(told.runs) + self.bias
