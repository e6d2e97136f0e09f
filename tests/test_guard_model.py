"""The classifier's weights: the exported network is the trained one, and the shipped one still is."""

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from transformers import BertConfig, BertModel

from aboveboard.encoding import Encoded
from aboveboard.guards.classifier import fed, open_network
from training.corpus import seal
from training.guard_model import PARITY, correlation, export, parity
from training.reader import Reader

SHIPPED = files("aboveboard") / "weights" / "guard"


def windows() -> list[Encoded]:
    draw = np.random.default_rng(7)
    return [
        Encoded(
            [101, *draw.integers(1000, 20_000, length).tolist(), 102], [0] * (length + 2), [(0, 0)] * (length + 2)
        )
        for length in (1, 7, 30, 90)
    ]


@pytest.mark.slow
def test_the_exported_network_gives_the_scores_of_the_trained_one(tmp_path: Path) -> None:
    config = BertConfig(hidden_size=384, num_hidden_layers=2, num_attention_heads=12, intermediate_size=1536)
    model = Reader(BertModel(config), 4).eval()
    weights = export(model, tmp_path)
    assert parity(model, weights, windows()) >= PARITY


def test_the_shipped_network_gives_the_scores_it_had_before_int8() -> None:
    session = open_network((SHIPPED / "reader.onnx").read_bytes())
    kept = json.loads((SHIPPED / "parity.json").read_text(encoding="utf-8"))
    told = [session.run(None, fed(Encoded(one["ids"], one["segments"], [])))[0][0] for one in kept]
    assert correlation(told, [one["whole"] for one in kept]) >= PARITY


def test_the_weights_were_made_from_the_corpus_that_is_here() -> None:
    made = json.loads((SHIPPED / "card.json").read_text(encoding="utf-8"))["made"]
    assert (made["train"], made["dev"]) == (seal("train"), seal("dev"))
