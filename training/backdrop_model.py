"""Make the backdrop model's weights: draw designs, train the network on them, keep the best checkpoint.

    python -m training.backdrop_model            # begins, or goes on where it was stopped (.cache/backdrop)

Everything is seeded. A checkpoint is kept every few hundred steps; the best one, measured on designs nobody
trained on, is written to aboveboard/weights/backdrop with its card.
"""

import copy
import hashlib
import json
import math
import os
import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, UNet2DModel
from numpy.typing import NDArray
from rich.console import Console
from torch.nn import functional

from aboveboard.imaging.backdrop import GRIDS, WEIGHTS, room_grid
from aboveboard.imaging.designing import FIELDS, PATCH, STEPS, BackdropPipeline
from training.motifs import MOTIFS, drawn

SEED = 20261127
PER_GRID = 4000  # designs drawn for each shape of page
STEPS_OF_TRAINING = 9000
BATCH = 32
RATE, WARM = 6e-4, 200
SHIFT = 3.0  # how much of training (and painting) is spent on the first, formless half
WIDTHS = (80, 144, 176)  # channels by depth: 14 MB as fp16
OFTEN = 500  # steps between checkpoints; every third is measured
FRESH = 8  # designs of each motif a checkpoint is measured on
CACHE = Path(__file__).parents[1] / ".cache" / "backdrop"
NAMES = list(MOTIFS)

Floats = NDArray[np.float32]


class Designs(NamedTuple):
    """Drawn designs of one shape: fields, the rooms they were drawn for, and their motifs' numbers."""

    fields: torch.Tensor
    rooms: torch.Tensor
    labels: torch.Tensor


class Learner(NamedTuple):
    network: Any
    average: Any  # of the weights over the last steps, which paints better than any one of them
    optimizer: Any


def main() -> None:
    """Train to the end and write the weights; prints what it does and how long it takes."""
    console = Console()
    torch.manual_seed(SEED)
    torch.set_num_threads(os.cpu_count() or 1)
    CACHE.mkdir(parents=True, exist_ok=True)
    designs = all_designs(console)
    learner = new_learner()
    log = resume(learner)
    console.print(f"{sum(p.numel() for p in learner.network.parameters()):,} weights; step {log['step']}")
    while log["step"] < STEPS_OF_TRAINING:
        learn(learner, designs, log, console)
        keep(learner, log)
        if log["step"] % (3 * OFTEN) == 0 or log["step"] >= STEPS_OF_TRAINING:
            judge(learner, log, console)
    write(log, console)


def new_network() -> Any:
    """Return an untrained network, in diffusers' own class."""
    return UNet2DModel(
        sample_size=GRIDS[0][0] // PATCH,
        in_channels=(FIELDS + 1) * PATCH**2,
        out_channels=FIELDS * PATCH**2,
        layers_per_block=1,
        block_out_channels=WIDTHS,
        norm_num_groups=16,
        attention_head_dim=16,
        down_block_types=("DownBlock2D", "DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        num_class_embeds=len(NAMES),
    )


def new_learner() -> Learner:
    """Return network, running average and optimizer at the start."""
    network = new_network()
    average = copy.deepcopy(network).eval().requires_grad_(False)
    return Learner(
        network, average, torch.optim.AdamW(network.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=1e-3)
    )


def learn(learner: Learner, designs: list[Designs], log: dict[str, Any], console: Console) -> None:
    """Take the steps up to the next checkpoint; what each step sees hangs on its number alone."""
    began, losses = time.monotonic(), []
    learner.network.train()
    for step in range(log["step"], log["step"] + OFTEN):
        chance = torch.Generator().manual_seed(SEED + step)
        for group in learner.optimizer.param_groups:
            group["lr"] = rate_at(step)
        loss = loss_of(learner.network, designs[step % len(designs)], chance)
        learner.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learner.network.parameters(), 1.0)
        learner.optimizer.step()
        blend_in(learner, min(0.998, (1 + step) / (10 + step)))
        losses.append(float(loss.detach()))
    log["step"] += OFTEN
    log["seconds"] += time.monotonic() - began
    log["losses"].append(round(float(np.mean(losses)), 5))
    console.print(f"step {log['step']}: loss {log['losses'][-1]:.4f}, {log['seconds'] / log['step']:.3f} s a step")


def rate_at(step: int) -> float:
    """Return the learning rate: up in a line, then down along a cosine."""
    fall = 0.5 * (1 + math.cos(math.pi * min(1.0, step / STEPS_OF_TRAINING)))
    return RATE * min(1.0, (step + 1) / WARM) * (0.97 * fall + 0.03)


def loss_of(network: Any, designs: Designs, chance: torch.Generator) -> torch.Tensor:
    """Return how far the network is from designs it sees through noise, half of them mirrored."""
    chosen = torch.randint(len(designs.fields), (BATCH,), generator=chance)
    fields, rooms = designs.fields[chosen], designs.rooms[chosen]
    mirrored = torch.rand(BATCH, generator=chance) < 0.5
    fields = torch.where(mirrored[:, None, None, None], fields.flip(-1), fields)
    rooms = torch.where(mirrored[:, None, None, None], rooms.flip(-1), rooms)
    clean = functional.pixel_unshuffle(fields, PATCH)
    drift = torch.sigmoid(torch.randn(BATCH, generator=chance))
    drift = SHIFT * drift / (1 + (SHIFT - 1) * drift)
    share = drift[:, None, None, None]
    noisy = (1 - share) * clean + share * torch.randn(clean.shape, generator=chance)
    seen = torch.cat([noisy, functional.pixel_unshuffle(rooms, PATCH)], 1)
    with torch.autocast("cpu", torch.bfloat16):
        guess = network(seen, drift * 1000, class_labels=designs.labels[chosen]).sample
    return (((guess.float() - clean) / share.clamp(min=0.25)) ** 2).mean()


def blend_in(learner: Learner, decay: float) -> None:
    """Move the running average towards the network."""
    with torch.no_grad():
        for kept, fresh in zip(learner.average.parameters(), learner.network.parameters(), strict=True):
            kept.lerp_(fresh, 1 - decay)


def all_designs(console: Console) -> list[Designs]:
    """Return the drawn designs of every shape, drawn now or read from the cache."""
    place = CACHE / f"designs-{_digest(Path(__file__).with_name('motifs.py'))[:12]}-{PER_GRID}.npz"
    if not place.is_file():
        console.print(f"Drawing {PER_GRID * len(GRIDS):,} designs.")
        with ProcessPoolExecutor() as workers:
            found = list(workers.map(draw_many, range(len(GRIDS)), [PER_GRID] * len(GRIDS), [SEED] * len(GRIDS)))
        fresh = place.with_suffix(".part.npz")
        named: dict[str, Any] = {}
        for n, (fields, rooms, labels) in enumerate(found):
            named |= {f"f{n}": fields, f"r{n}": rooms, f"l{n}": labels}
        np.savez(fresh, allow_pickle=False, **named)
        fresh.replace(place)
    with np.load(place) as kept:
        return [Designs(*(torch.from_numpy(kept[f"{part}{n}"]) for part in "frl")) for n in range(len(GRIDS))]


def draw_many(grid: int, count: int, seed: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return `count` designs for one shape of page: fields, rooms, motifs' numbers."""
    dice = np.random.default_rng((seed, grid))
    rooms = [room_grid(rooms_for(dice), GRIDS[grid]) for _ in range(count)]
    labels = np.arange(count) % len(NAMES)
    fields = [
        drawn(dice, NAMES[label], room.astype(np.float64)) for label, room in zip(labels, rooms, strict=True)
    ]
    return np.stack(fields).astype(np.float32), np.stack(rooms)[:, None], labels.astype(np.int64)


def rooms_for(dice: np.random.Generator) -> tuple[tuple[float, float, float, float], ...]:
    """Return rooms as cards have them: a block of type and small lines at an edge, or none."""
    if dice.random() < 0.1:
        return ()
    tall, wide = dice.uniform(0.12, 0.62), dice.uniform(0.4, 0.92)
    left = dice.choice([0.05, 0.95 - wide, dice.uniform(0.0, 1 - wide)])
    top = dice.choice([0.05, 0.9 - tall, 0.12, 0.8 - tall, dice.uniform(0.0, 1 - tall)])
    block = (left, max(0.0, top), left + wide, max(0.0, top) + tall)
    line = dice.choice([0.04, 0.92])
    small = [(0.05, line, dice.uniform(0.2, 0.5), line + 0.04), (dice.uniform(0.6, 0.8), line, 0.95, line + 0.04)]
    return (block, *small[: int(dice.integers(0, 3))])


def judge(learner: Learner, log: dict[str, Any], console: Console) -> None:
    """Measure the running average on rooms nobody trained on, and keep it if it is the best so far."""
    measured = measures(pipeline_of(learner.average))
    log["measured"].append({"step": log["step"], **measured})
    console.print(f"step {log['step']}: {measured}")
    if measured["off"] <= min(one["off"] for one in log["measured"]):
        learner.average.save_pretrained(CACHE / "best")
        log["best"] = log["step"]
    (CACHE / "log.json").write_text(json.dumps(log, indent=1), encoding="utf-8")


def measures(pipeline: BackdropPipeline) -> dict[str, float]:
    """Return how painted designs compare with drawn ones: ratios that are best at 1, and `off`, best at 0.

    `bend` is how rough the fields are (edges at 1080 follow them), `variety` how far designs of a motif differ
    from one another, and `calm` how much goes on in the rooms.
    """
    told: dict[str, list[float]] = {"bend": [], "variety": [], "calm": []}
    for grid in (0, 1, 4):
        fields, rooms, labels = draw_many(grid, FRESH * len(NAMES), SEED + 1)
        seeds = list(range(len(labels)))
        painted = pipeline([NAMES[label] for label in labels], rooms[:, 0], seeds)
        for motif in range(len(NAMES)):
            mine = labels == motif
            drawn_here, painted_here = fields[mine], painted[mine]
            told["bend"].append(_bend(painted_here) / _bend(drawn_here))
            told["variety"].append(_variety(painted_here) / _variety(drawn_here))
        told["calm"].append(_stir(painted, rooms) / _stir(fields, rooms))
    means = {name: float(np.exp(np.mean(np.log(ratios)))) for name, ratios in told.items()}
    return {
        "off": round(sum(abs(math.log(ratio)) for ratio in means.values()), 4),
        **{name: round(ratio, 3) for name, ratio in means.items()},
    }


def _bend(fields: Floats) -> float:
    return float(np.mean([np.abs(np.diff(fields, 2, axis)).mean() for axis in (-1, -2)]))


def _variety(fields: Floats) -> float:
    flat = fields.reshape(len(fields), -1)
    apart = np.linalg.norm(flat[:, None] - flat, axis=-1)
    return float(apart.sum() / (len(fields) * (len(fields) - 1)))


def _stir(fields: Floats, rooms: Floats) -> float:
    steps = np.abs(np.diff(fields[:, :1], axis=-1))
    return float((steps * rooms[..., 1:]).sum() / rooms.sum() + 0.002)


def pipeline_of(network: Any) -> BackdropPipeline:
    """Return a pipeline about a network."""
    pipeline = BackdropPipeline(network, FlowMatchEulerDiscreteScheduler(shift=SHIFT), NAMES)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def keep(learner: Learner, log: dict[str, Any]) -> None:
    """Write all that training goes on from, whole or not at all."""
    state = {
        "network": learner.network.state_dict(),
        "average": learner.average.state_dict(),
        "optimizer": learner.optimizer.state_dict(),
        "log": log,
    }
    torch.save(state, CACHE / "state.part")
    (CACHE / "state.part").replace(CACHE / "state.pt")


def resume(learner: Learner) -> dict[str, Any]:
    """Load what an earlier run kept, and return its log; an empty one where there was none."""
    place = CACHE / "state.pt"
    if not place.is_file():
        return {"step": 0, "seconds": 0.0, "losses": [], "measured": [], "best": None}
    state = torch.load(place, weights_only=True)
    learner.network.load_state_dict(state["network"])
    learner.average.load_state_dict(state["average"])
    learner.optimizer.load_state_dict(state["optimizer"])
    return dict(state["log"])


def write(log: dict[str, Any], console: Console) -> None:
    """Write the best checkpoint as fp16 with its card into the package."""
    network = UNet2DModel.from_pretrained(CACHE / "best")
    fresh = CACHE / "weights"
    shutil.rmtree(fresh, ignore_errors=True)
    pipeline_of(network.half()).save_pretrained(fresh, safe_serialization=True)
    weights = next((fresh / "unet").glob("*.safetensors"))
    card = {
        "motifs": NAMES,
        "steps": STEPS,
        "weights": {"sha256": _digest(weights), "bytes": weights.stat().st_size},
        "made": {
            "seed": SEED,
            "designs": PER_GRID * len(GRIDS),
            "steps": log["step"],
            "kept": log["best"],
            "hours": round(log["seconds"] / 3600, 2),
            "losses": log["losses"],
            "measured": log["measured"],
        },
    }
    (fresh / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(WEIGHTS, ignore_errors=True)
    shutil.copytree(fresh, WEIGHTS)
    console.print(f"Wrote {WEIGHTS}: step {log['best']}, {weights.stat().st_size / 1e6:.1f} MB.")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
