"""Other tools that run offline, on the same captions in the same run. They see the text only: none takes facts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.ecommerce import logistic, read_shops, tfidf
from bench.scoring import Flags, Numbers, Reading, auc, recall_at, share
from bench.section import Cell, Section, Table
from training.corpus import Caption


@dataclass(frozen=True)
class Peer:
    """One tool: a score for each text, and the score from which it flags, if it has any such."""

    name: str
    scores: Callable[[Sequence[str]], Numbers]
    flags_from: float | None = 0.5


def measure(
    ours: Sequence[Reading], captions: Sequence[Caption], learning: Sequence[Caption], data: Path | None
) -> Section:
    """Return how well every peer tells manipulative captions from clean ones, ours in the first row."""
    texts = [caption.text for caption in captions]
    gold = np.array([bool(caption.labels) for caption in captions])
    first = _row("Aboveboard, with the facts", gold, np.array([one.suspicion for one in ours]), None)
    flagged = share(bool(one.spans) for one in ours if not one.guilty)
    peers = list(_ours_to_compare(learning)) + list(_installed(learning)) + list(_from_shops(data))
    rows = [(*first[:3], flagged), *(_row(p.name, gold, p.scores(texts), p.flags_from) for p in peers)]
    return Section(
        name="peers",
        title="Peers that run offline",
        tables=(
            Table(
                title="Any flag on the same captions",
                says="AUC and the recall at 5% false flags from the tool's own score; false flags at its own "
                "threshold where it has one. 'Taught here' means that it learned from the training split's "
                "answers.",
                columns=("tool", "AUC", "recall at ≤ 5% false flags", "false flags as it comes"),
                rows=tuple(rows),
            ),
        ),
        skipped=tuple(_absent(data)),
    )


def _row(name: str, gold: Flags, scores: Numbers, flags_from: float | None) -> tuple[Cell, ...]:
    false = share(scores[~gold] >= flags_from) if flags_from is not None else None
    return name, auc(gold, scores), recall_at(gold, scores), false


def _ours_to_compare(learning: Sequence[Caption]) -> Iterator[Peer]:
    """A plain text classifier on this corpus: what the facts and the rules must beat."""
    if learning:
        texts, gold = _lesson(learning)
        yield Peer("TF-IDF + logistic regression, taught here", lambda asked: logistic(texts, gold, asked))


def _installed(learning: Sequence[Caption]) -> Iterator[Peer]:
    if find_spec("profanity_check"):
        profanity = import_module("profanity_check")
        yield Peer("alt-profanity-check", lambda texts: np.asarray(profanity.predict_prob(list(texts))))
    if find_spec("persuasion_index"):
        yield Peer("persuasion-index, Scarcity/Urgency", lambda texts: _persuasion(texts)[:, _urgency()], None)
        if learning:
            yield Peer("persuasion-index, 70 columns, taught here", lambda asked: _taught(learning, asked))


def _from_shops(data: Path | None) -> Iterator[Peer]:
    if data:
        texts, gold = read_shops(data)
        judge = make_pipeline(tfidf(), LogisticRegression(C=10, max_iter=1000)).fit(texts, gold)
        yield Peer(
            "TF-IDF + LR taught on ec-darkpattern", lambda asked: np.asarray(judge.predict_proba(asked)[:, 1])
        )


def _absent(data: Path | None) -> Iterator[str]:
    for name, module in (("persuasion-index", "persuasion_index"), ("alt-profanity-check", "profanity_check")):
        if not find_spec(module):
            yield f"{name}: not installed (pip install '.[bench]')."
    if not data:
        yield "TF-IDF taught on ec-darkpattern: ../shared/data is not here."


def _lesson(captions: Sequence[Caption]) -> tuple[list[str], Flags]:
    return [one.text for one in captions], np.array([bool(one.labels) for one in captions])


def _taught(learning: Sequence[Caption], asked: Sequence[str]) -> Numbers:
    texts, gold = _lesson(learning)
    judge = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(_persuasion(texts), gold)
    return np.asarray(judge.predict_proba(_persuasion(asked))[:, 1])


def _persuasion(texts: Sequence[str]) -> Numbers:
    return np.hstack([np.asarray(part, dtype=np.float64) for part in _reports(texts)])


def _urgency() -> int:
    fine, coarse = _reports(["One text."])
    return int(fine.shape[1]) + list(coarse.columns).index("Scarcity/Urgency.mean")


def _reports(texts: Sequence[str]) -> tuple[Any, Any]:
    """Return the tool's tables of 55 signals and 15 dimensions; without the lexica that nobody may ship."""
    fine, coarse = import_module("persuasion_index").score_batch(list(texts))
    return fine.fillna(0.0), coarse.fillna(0.0)
