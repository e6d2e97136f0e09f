"""The guards against the open corpus: by code, language, channel, subtlety, layer; pairs, spans, calibration."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from aboveboard.finding import Copy
from bench.layers import Layer, weight, weighty
from bench.scoring import (
    CodeScore,
    Reading,
    auc,
    by_code,
    false_flags,
    grouped,
    label_recall,
    overlaps,
    pairs,
    recall,
    recall_at,
    reliability,
    share,
    threshold_at,
)
from bench.section import Cell, Section, Share, Table
from training.corpus import CODES, Caption

ENOUGH = 10  # labels below which a share says too little to be called a miss
Readings = Mapping[str, Sequence[Reading]]  # by layer, the fullest last


def measure(
    layers: Mapping[str, Layer], captions: Sequence[Caption], tuning: Sequence[Caption], seed: int
) -> Section:
    """Return what `layers` get right on `captions`; a threshold is chosen on `tuning`, if it is another split."""
    readings = {name: read_all(layer, captions) for name, layer in layers.items()}
    last = list(layers)[-1]
    rows, macro = by_code(readings[last], CODES, seed)
    chosen = threshold_table(readings[last], read_all(layers[last], tuning)) if tuning is not captions else None
    tables = (
        layer_table(readings, seed),
        *([chosen] if chosen else []),
        code_table(rows, last),
        group_table(readings[last], last, "language", lambda one: one.caption.language),
        group_table(readings[last], last, "channel", lambda one: one.caption.channel),
        subtlety_table(readings),
        pair_and_span_table(readings),
        *calibration_tables(readings[last]),
    )
    return Section(
        name="captions",
        title="The open corpus",
        tables=tables,
        figures=_figures(readings[last], macro) | _speakers(readings[last]),
        misses=_misses(readings[last], rows),
        skipped=() if readings[last] and readings[last][0].scores else ("Calibration: no layer gives scores.",),
    )


def read(layer: Layer, caption: Caption, copy: Copy | None = None) -> Reading:
    """Return what `layer` says of `caption`, or of `copy` in its place: the same caption in disguise."""
    shown = copy or caption.copy_
    inspection = layer.inspect(shown)
    return Reading(
        caption=caption,
        spans=tuple((one.rule, one.start, one.end) for one in weighty(inspection)),
        suspicion=layer.suspicion(shown) if layer.suspicion else float(weight(inspection)),
        scores=layer.scores(shown) if layer.scores else {},
    )


def read_all(layer: Layer, captions: Iterable[Caption]) -> list[Reading]:
    """Return what `layer` says of each caption."""
    return [read(layer, caption) for caption in captions]


def layer_table(readings: Readings, seed: int) -> Table:
    """Return one row a layer: how many manipulative captions it stops, how many clean ones, and its macro-F1."""
    return Table(
        title="Any flag, by layer",
        says="A caption is flagged when a finding weighs review or more. The recall at 5% false flags is read off "
        "the layer's curve: rules are as sure as their findings weigh (a review one, a block two), which gives "
        "few points to choose from; the classifier's thresholds are moved together, in log-odds; with all layers, "
        "what a rule finds stays found. Shares with 95% intervals by "
        "Wilson, macro-F1 by bootstrap over captions.",
        columns=("layer", "recall", "recall at ≤ 5% false flags", "false flags, clean", "false flags, hard clean")
        + ("AUC", "macro-F1"),
        rows=tuple(_layer_row(name, told, seed) for name, told in readings.items()),
    )


def _layer_row(name: str, told: Sequence[Reading], seed: int) -> tuple[Cell, ...]:
    gold, scores = [one.guilty for one in told], [one.suspicion for one in told]
    hard = [one for one in told if one.caption.hard]
    return (
        f"{name} (n={sum(gold)}+{len(gold) - sum(gold)}, hard {len(hard)})",
        recall(told),
        recall_at(gold, scores),
        false_flags(told),
        false_flags(hard),
        auc(gold, scores),
        by_code(told, CODES, seed)[1],
    )


def threshold_table(told: Sequence[Reading], tuned: Sequence[Reading]) -> Table:
    """Return what a threshold does here that was chosen elsewhere: the honest form of the recall at 5%."""
    cut = threshold_at([one.guilty for one in tuned], [one.suspicion for one in tuned])
    return Table(
        title="The threshold chosen on dev, used here",
        says=f"The lowest score with at most 5% false flags on dev is {cut:.3f} (n={len(tuned)} of dev).",
        columns=("what", "share"),
        rows=(
            ("recall", share(one.suspicion >= cut for one in told if one.guilty)),
            ("false flags on clean captions", share(one.suspicion >= cut for one in told if not one.guilty)),
        ),
    )


def code_table(rows: Sequence[CodeScore], layer: str) -> Table:
    """Return one row a code, the weakest F1 first."""
    ordered = sorted(rows, key=lambda row: (not row.recall.n, row.f1.rate or 0.0, row.code))
    return Table(
        title="By code",
        says=f"Layer: {layer}. Precision over the captions flagged with the code, recall over those that carry it "
        "(n), both with Wilson's interval; F1 with a bootstrap interval; the weakest first.",
        columns=("code", "precision", "recall", "F1", "AUC"),
        rows=tuple((row.code, row.precision, row.recall, row.f1, row.auc) for row in ordered),
    )


def group_table(told: Sequence[Reading], layer: str, name: str, key: Callable[[Reading], str]) -> Table:
    """Return recall and false flags for every value of `key`."""
    groups = grouped(told, key)
    return Table(
        title=f"By {name}",
        says=f"Layer: {layer}. Recall of any flag over captions that carry a label, false flags over clean ones.",
        columns=(name, "recall", "false flags", "labels found by their own code"),
        rows=tuple(
            (value, recall(held), false_flags(held), label_recall(held, lambda _: True))
            for value, held in groups.items()
        ),
    )


def subtlety_table(readings: Readings) -> Table:
    """Return the recall of labels with and without a stock phrase, layer by layer."""
    return Table(
        title="By subtlety",
        says="Recall of labels by their own code. A label is subtle when no stock phrase gives it away, "
        "contradicted when a fact says otherwise.",
        columns=("layer", "plain", "subtle", "contradicted by a fact"),
        rows=tuple(
            (
                name,
                label_recall(told, lambda label: not label.subtle),
                label_recall(told, lambda label: label.subtle),
                label_recall(told, lambda label: label.contradicted),
            )
            for name, told in readings.items()
        ),
    )


def pair_and_span_table(readings: Readings) -> Table:
    """Return, for each layer, the minimal pairs with both halves right, and how close its spans are."""
    rows = []
    for name, told in readings.items():
        loose, strict = pairs(told)
        near = overlaps(told)
        rows.append((name, loose, strict, share(value >= 0.5 for value in near)))
    return Table(
        title="Minimal pairs and spans",
        says="A pair is one caption with and without the fact, date or number that excuses it; strict wants every "
        "labelled code. Spans: of the labels whose code was found, those whose best finding overlaps by half or "
        "more (intersection over union of characters).",
        columns=("layer", "both halves right", "strictly", "span IoU ≥ 0.5"),
        rows=tuple(rows),
    )


def calibration_tables(told: Sequence[Reading]) -> tuple[Table, ...]:
    """Return how often scores of each height were right, over all captions and codes; nothing without scores."""
    if not told or not all(one.scores for one in told):
        return ()
    pooled = [(score, code in one.caption.codes) for one in told for code, score in one.scores.items()]
    bins, error = reliability([score for score, _ in pooled], [truth for _, truth in pooled])
    return (
        Table(
            title="Calibration",
            says=f"Every probability of every code, n={len(pooled):,}; expected calibration error {error:.3f}. "
            "The calibration was fitted on dev: on dev this table flatters.",
            columns=("score from", "to", "mean score", "share that was so"),
            rows=tuple((one.low, one.high, one.said, one.true) for one in bins),
            plot=tuple((one.said, one.true.rate or 0.0) for one in bins),
        ),
    )


def _figures(told: Sequence[Reading], macro: Share) -> dict[str, float]:
    gold, scores = [one.guilty for one in told], [one.suspicion for one in told]
    near = overlaps(told)
    found = {
        "recall at 5%": recall_at(gold, scores).rate,
        "recall": recall(told).rate,
        "false flags": false_flags(told).rate,
        "macro-F1": macro.rate,
        "pairs": pairs(told)[0].rate,
        "spans": share(value >= 0.5 for value in near).rate,
        "subtle recall": label_recall(told, lambda label: label.subtle).rate,
    }
    return {name: rate for name, rate in found.items() if rate is not None}


def _speakers(told: Sequence[Reading]) -> dict[str, float]:
    """Return the recall in other languages as a share of that in English."""
    english = recall(one for one in told if one.caption.language == "en").rate
    others = recall(one for one in told if one.caption.language != "en").rate
    return {"other languages": others / english} if english and others is not None else {}


def _misses(told: Sequence[Reading], rows: Sequence[CodeScore]) -> tuple[str, ...]:
    weakest = sorted((row for row in rows if row.recall.n >= ENOUGH), key=lambda row: row.recall.rate or 0.0)[:6]
    named = ", ".join(f"{row.code} ({_missed(row.recall)})" for row in weakest)
    sentences = [f"The codes missed most: {named}."] if weakest else []
    subtle = label_recall(told, lambda label: label.subtle)
    if subtle.n:
        sentences.append(f"Labels without a stock phrase: {_missed(subtle)} are missed.")
    tongues = {name: recall(held) for name, held in grouped(told, lambda one: one.caption.language).items()}
    heard = ", ".join(f"{name} {_missed(found)}" for name, found in tongues.items() if found.n)
    sentences.append(f"Manipulative captions that pass, by language: {heard}.")
    wrong = false_flags(told)
    if wrong.n and wrong.rate is not None:
        sentences.append(f"Clean captions stopped all the same: {round(wrong.rate * wrong.n)} of {wrong.n}.")
    return tuple(sentences)


def _missed(found: Share) -> str:
    return f"{round((1 - (found.rate or 0.0)) * found.n)} of {found.n}"
