"""How the linear half of the classifier learns: scikit-learn's logistic regression, one a score."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from aboveboard.ngrams import Grams, Linear, Weights

RAREST = 3  # captions a feature must stand in
PENALTY = 10.0  # scikit-learn's C


def fit(features: Sequence[Grams], wanted: Any) -> Linear:
    """Return the linear model that gives `wanted` (captions by scores, 0 or 1) from `features`."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    kinds = [TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=RAREST) for _ in Grams._fields]
    tables = [kind.fit_transform(told) for kind, told in zip(kinds, zip(*features, strict=True), strict=True)]
    table = hstack(tables).tocsr()
    lines = [
        LogisticRegression(C=PENALTY, solver="liblinear", max_iter=500, random_state=0).fit(
            table, wanted[:, place]
        )
        for place in range(wanted.shape[1])
    ]
    rows = np.stack([line.coef_[0] for line in lines], axis=1).astype(np.float16)
    cut = tables[0].shape[1]
    words, runs = (_weights(kind, part) for kind, part in zip(kinds, (rows[:cut], rows[cut:]), strict=True))
    return Linear(words, runs, bias=np.array([line.intercept_[0] for line in lines], dtype=np.float32))


def _weights(kind: Any, rows: Any) -> Weights:
    places = {str(name): int(place) for name, place in kind.vocabulary_.items()}
    return Weights(places, kind.idf_.astype(np.float32), rows)


def close(model: Linear) -> bytes:
    """Return `model` as bytes that `open_linear` opens; the same model gives the same bytes."""
    from io import BytesIO

    kept: dict[str, Any] = {"bias": model.bias}
    for kind, part in zip(("words", "runs"), (model.words, model.runs), strict=True):
        names = sorted(part.places, key=lambda name: part.places[name])
        kept[f"{kind}-names"] = np.frombuffer("\n".join(names).encode(), dtype=np.uint8)
        kept[f"{kind}-rarity"] = part.rarity
        kept[f"{kind}-rows"] = part.rows
    file = BytesIO()
    np.savez_compressed(file, **kept)
    return file.getvalue()
