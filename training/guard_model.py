"""Make the classifier's weights: train on the corpus, export to ONNX int8, hold the two equal, calibrate on dev.

    python -m training.guard_model               # about forty minutes on two cores
    python -m training.guard_model --calibrate   # the weights as they are: only how their scores are read

Everything is seeded. Weights and card are written only after the parity check.
"""

import argparse
import json
import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from rich.console import Console

from aboveboard.encoding import Encoded, encode, said
from aboveboard.finding import Inspection
from aboveboard.guards.classifier import WEIGHTS, digest_of, fed, open_linear, open_network, open_tokenizer
from aboveboard.rulebook import load_policy
from training import calibrating
from training.corpus import CODES, UNPROVEN, Caption, load, seal
from training.lessons import LEARNED, corpus_lessons, mark, public_lessons
from training.linear import close, fit
from training.reader import Reader, batch, learn, open_encoder, scores, sentence_model

SEED = 20261126
LAYERS = 4  # of six: five milliseconds a caption allow no more
EPOCHS = 6
FOLDER = Path(__file__).parents[1] / "aboveboard" / "weights" / "guard"
SHOWN = 8  # windows whose scores before int8 are kept beside the weights
PARITY = 0.99  # correlation of the scores after int8 with those before, under which the export is refused
CERTAIN = frozenset({"missing-disclosure"})  # another guard knows it without guessing

Marked = list[tuple[Caption, Inspection]]


def main() -> None:
    """Train or only calibrate, as asked."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--calibrate", action="store_true", help="keep the weights; choose how scores are read")
    calibrate_again() if asked.parse_args().calibrate else train_anew()


def calibrate_again() -> None:
    """Choose again, on dev, how the scores of the weights that are there are read."""
    weights, table, tokenizer = FOLDER / "reader.onnx", (FOLDER / "linear.npz").read_bytes(), the_tokenizer()
    made = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))["made"]
    write(card_of(tokenizer, mark(load_policy(), load("dev")), weights, table, made), weights, table, tokenizer)


def train_anew() -> None:
    """Train, export, check and write; prints what it does and how long it takes."""
    console = Console()
    began = time.monotonic()
    torch.manual_seed(SEED)
    random.seed(SEED)
    tokenizer = the_tokenizer()
    policy = load_policy()
    train, dev = mark(policy, load("train")), mark(policy, load("dev"))
    table = close(fit([said(one.copy_, seen, CODES) for one, seen in train], wanted(train)))
    console.print(f"the linear model is {len(table) / 1e6:.1f} MB")
    public = public_lessons(tokenizer, policy)
    console.print(
        f"{len(train)} captions to learn from, {len(public)} lessons from public sets, {len(dev)} in dev"
    )
    model = Reader(open_encoder(LAYERS), len(LEARNED))
    learn(model, lambda: [*corpus_lessons(tokenizer, train), *public], EPOCHS, console.print)
    with TemporaryDirectory() as there:
        weights = export(model, Path(there))
        agreed = parity(model, weights, [window for window, *_ in _windows(tokenizer, dev[:200])])
        console.print(
            f"scores in int8 correlate with the trained ones by {agreed:.4f} (at least {PARITY} is wanted)"
        )
        if agreed < PARITY:
            raise SystemExit("The exported model isn't the trained one. Nothing was written.")
        made = {"seed": SEED, "layers": LAYERS, "epochs": EPOCHS, "parity": round(agreed, 5)}
        write(card_of(tokenizer, dev, weights, table, made), weights, table, tokenizer)
    keep_for_parity(model, [window for window, _ in _windows(tokenizer, dev[:SHOWN])])
    console.print(f"written to {FOLDER}, after {(time.monotonic() - began) / 60:.0f} minutes")


def the_tokenizer() -> Any:
    """Return the sentence model's tokenizer."""
    return open_tokenizer((sentence_model() / "tokenizer.json").read_text(encoding="utf-8"))


def export(model: Reader, folder: Path) -> Path:
    """Return the path of `model` as ONNX, its matrices in int8 by channel."""
    from onnx import load_model
    from onnxruntime.quantization import QuantType, quantize_dynamic

    whole, small = folder / "reader.fp32.onnx", folder / "reader.onnx"
    example = batch([Encoded([101, 2, 2000, 102], [0] * 4, [(0, 0)] * 4)] * 2)
    names = ["ids", "segments", "mask"]
    axes: dict[str, dict[int, str]] = {name: {0: "captions", 1: "tokens"} for name in names}
    axes |= {"whole": {0: "captions"}, "words": {0: "captions", 1: "tokens"}}
    model.encoder.config._attn_implementation = "eager"  # the exporter knows plain attention best
    torch.onnx.export(
        model.eval(),
        example,
        str(whole),
        input_names=names,
        output_names=["whole", "words"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    heads = [node.name for node in load_model(str(whole)).graph.node if node.name.startswith(("/words", "/whole"))]
    quantize_dynamic(str(whole), str(small), weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=heads)
    return small


def parity(model: Reader, weights: Path, windows: list[Encoded]) -> float:
    """Return how the exported network's scores correlate with the trained one's: Pearson's r over all of them."""
    session = open_network(weights.read_bytes())
    ours = [session.run(None, fed(window))[0][0] for window in windows]
    return correlation(ours, [whole for whole, _ in scores(model, windows)])


def correlation(ours: Any, theirs: Any) -> float:
    """Return Pearson's correlation of two tables of scores."""
    return float(np.corrcoef(np.ravel(ours), np.ravel(theirs))[0, 1])


def _windows(tokenizer: Any, marked: Marked) -> list[tuple[Encoded, int]]:
    return [
        (window, number)
        for number, (caption, inspection) in enumerate(marked)
        for window in encode(tokenizer, caption.copy_, inspection, CODES)
    ]


def wanted(marked: Marked) -> Any:
    """Return what the linear model learns: a row a caption, a column a code, and one for any."""
    return np.array([[*(code in one.codes for code in CODES), bool(one.codes)] for one, _ in marked], dtype=int)


def network_scores(tokenizer: Any, marked: Marked, weights: Path) -> Any:
    """Return the exported network's scores of each caption, for each code and any: the largest of its windows."""
    session = open_network(weights.read_bytes())
    table = np.full((len(marked), len(LEARNED)), -20.0)
    for window, number in _windows(tokenizer, marked):
        table[number] = np.maximum(table[number], session.run(None, fed(window))[0][0])
    return np.delete(table, LEARNED.index(UNPROVEN), axis=1)


def card_of(tokenizer: Any, dev: Marked, weights: Path, table: bytes, made: dict[str, Any]) -> dict[str, Any]:
    """Return the card of the weights: how their scores are read, and from what they were made."""
    linear = open_linear(table)
    ours = np.array([linear.scores(said(one.copy_, seen, CODES)) for one, seen in dev])
    chosen = calibrating.calibrate(dev, network_scores(tokenizer, dev, weights), ours, CERTAIN)
    return {"codes": CODES, **chosen, "made": {**made, "train": seal("train"), "dev": seal("dev")}}


def write(card: dict[str, Any], weights: Path, table: bytes, tokenizer: Any) -> None:
    """Write weights, tokenizer and card into the package."""
    contents = [weights.read_bytes(), table, tokenizer.to_str().encode()]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in zip(WEIGHTS, contents, strict=True):
        (FOLDER / name).write_bytes(content)
    whole = {**card, "weights": digest_of(contents)}
    (FOLDER / "card.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


def keep_for_parity(model: Reader, windows: list[Encoded]) -> None:
    """Write a few windows beside the weights, with their scores before int8: CI compares, and needs no torch."""
    kept = [
        {"ids": window.ids, "segments": window.segments, "whole": whole.tolist()}
        for window, (whole, _) in zip(windows, scores(model, windows), strict=True)
    ]
    (FOLDER / "parity.json").write_text(json.dumps(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
