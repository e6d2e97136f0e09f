"""Which texts are all but the same: character 4-grams, Jaccard 0.6 and more, and what such links tie together."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import CountVectorizer

ALIKE = 0.6  # Jaccard similarity from which two texts are near-duplicates


def links(texts: Sequence[str], alike: float = ALIKE) -> list[tuple[int, int]]:
    """Return every pair of places in `texts` whose sets of character 4-grams are at least `alike`."""
    if not texts:
        return []
    grams = CountVectorizer(analyzer="char", ngram_range=(4, 4), binary=True, dtype=np.int32)
    held = csr_matrix(grams.fit_transform([_bare(text) for text in texts]))
    sizes = np.asarray(held.sum(axis=1)).ravel()
    shared = coo_matrix(held @ held.T)
    above = shared.row < shared.col
    one, other, both = shared.row[above], shared.col[above], shared.data[above]
    close = both / (sizes[one] + sizes[other] - both) >= alike
    return list(zip(one[close].tolist(), other[close].tolist(), strict=True))


def _bare(text: str) -> str:
    """Without case, punctuation and the value of numbers: "Only 3 left!" and "only 12 left" are the same."""
    words = re.findall(r"[^\W\d_]+|#", re.sub(r"\d+", "#", text.casefold()))
    return f"  {' '.join(words)}  "


def clusters(count: int, tied: Iterable[tuple[int, int]]) -> list[int]:
    """Return the cluster of each of `count` texts: those that a chain of links ties together have the same."""
    ends = np.array(list(tied), dtype=np.int64).reshape(-1, 2)
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    return [int(name) for name in connected_components(graph, directed=False)[1]]


def one_of_each(texts: Sequence[str]) -> list[int]:
    """Return the place of the first text of every cluster of near-duplicates."""
    first: dict[int, int] = {}
    for place, cluster in enumerate(clusters(len(texts), links(texts))):
        first.setdefault(cluster, place)
    return sorted(first.values())
