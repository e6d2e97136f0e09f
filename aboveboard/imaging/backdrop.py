"""The embedded painter: a small diffusion model designs light, colour and soft form, and leaves room for type.

The network (`designing`) is loaded with the first picture; this module itself loads neither torch nor diffusers.
"""

import io
import json
import math
import os
import threading
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from aboveboard.abreast import Abreast
from aboveboard.commission import Room, Scene
from aboveboard.digests import digest
from aboveboard.errors import ModelError
from aboveboard.imaging.colouring import GROUND, Field, coloured
from aboveboard.imaging.dealing import dealt
from aboveboard.settings import Settings

WEIGHTS = Path(__file__).parents[1] / "weights" / "backdrop"
NAME = "backdrop"
GRIDS = ((32, 32), (40, 32), (48, 32), (56, 32), (24, 48), (32, 56))  # rows and columns it was trained on
KINDS = 4  # motifs that one brand's campaign is drawn from
SMOOTH = 1.1  # how far each point of a design is blended with its neighbours, in points of the grid
ABSENT = -1.0  # the field of a figure that isn't there
IN_THE_WAY = 0.005  # share of a room that a figure may touch
NEAR = 0.1  # share of the page within which a room reaches its edge
SPECK = 0.015  # share of the page under which a figure is dirt
_TURN = threading.Lock()  # a scheduler keeps state: one picture at a time


def open_painter(
    model: str, settings: Settings, workspace: Path | None = None, transport: object | None = None
) -> "BackdropPainter":
    """Return the painter on the weights in this package. `model` is "backdrop": there is one.

    Raises:
        ModelError: Another model is named, or torch or diffusers isn't installed.
    """
    missing = [name for name in ("torch", "diffusers") if find_spec(name) is None]
    if missing:
        raise ModelError(
            f"image_model = 'embedded:{model}' needs {', '.join(missing)}. Run: pip install 'aboveboard[images]'"
        )
    if model != NAME:
        raise ModelError(f"image_model = 'embedded:{model}': there is only 'embedded:{NAME}'. Set that.")
    return BackdropPainter(settings.image_threads, settings.image_batch)


class BackdropPainter:
    """Paints in the scene's colours, calm in its rooms: one at a time, the same scene gives the same bytes."""

    def __init__(self, threads: int, batch: int = 1) -> None:
        self.id = f"embedded:{NAME}-{fingerprint()}" + (f" ({batch} at once)" if batch > 1 else "")
        self._abreast: Abreast[tuple[str, Field, int], Field] = Abreast(self._design, batch)
        self._threads = threads

    def motif(self, scene: Scene) -> str:
        """Return the scene's motif: one its wishes name, or else one of its brand's few, dealt in turn."""
        return motif_of(scene)

    def paint(self, scene: Scene) -> bytes:
        """Return a PNG of exactly the scene's size."""
        motif = motif_of(scene)
        room = room_grid(scene.rooms, grid_for(scene.width, scene.height))
        fields = self._abreast.one(room.shape, (motif, room, scene.seed))
        fields = cleared(hollowed(smoothed(fields), room), room)
        picture = coloured(fields, motif, scene.colours, (scene.width, scene.height), scene.seed)
        file = io.BytesIO()
        picture.save(file, format="PNG", compress_level=1)  # read again at once; what is shipped is encoded later
        return file.getvalue()

    def _design(self, wanted: Sequence[tuple[str, Field, int]]) -> list[Field]:
        motifs, rooms, seeds = zip(*wanted, strict=True)
        with _TURN:
            return list(_pipeline(self._threads)(list(motifs), np.stack(rooms), list(seeds)))

    def close(self) -> None:
        """Let the network go."""
        with _TURN:
            _pipeline.cache_clear()


def smoothed(fields: Field) -> Field:
    """Return a design without the unevenness between one patch of the network and the next: designs are smooth."""
    for axis in (1, 2):
        place = np.arange(fields.shape[axis])
        bell = np.exp(-((place[:, None] - place) ** 2) / (2 * SMOOTH**2))
        bell /= bell.sum(axis=1, keepdims=True)
        fields = np.moveaxis(np.tensordot(bell, fields, axes=(1, axis)), 0, axis)
    return fields.astype(np.float32)


def hollowed(fields: Field, room: Field) -> Field:
    """Return a design that lies on the ground wherever type will stand, whatever the network left there."""
    height, light, figure = fields
    deep = banks(room)
    return np.stack([height - deep * np.maximum(0, height - GROUND + 0.1), light * (1 - 0.6 * deep), figure])


def banks(room: Field) -> Field:
    """Return the room with banks that rise over a quarter of the shorter side: level lines flow round it."""
    soft = room
    for axis, length in enumerate(room.shape):
        place = np.arange(length)
        bell = np.exp(-((place[:, None] - place) ** 2) / (2 * (0.11 * min(room.shape)) ** 2))
        bell /= bell.sum(axis=1, keepdims=True)
        soft = np.moveaxis(np.tensordot(bell, soft, axes=(1, axis)), 0, axis)
    rise = np.clip(1.7 * soft, 0, 1)
    return np.asarray(rise * rise * (3 - 2 * rise), dtype=np.float32)


def cleared(fields: Field, room: Field) -> Field:
    """Return a design without its figure, where that would stand behind type or is but a speck."""
    height, light, figure = fields
    if (room * (figure > 0)).sum() <= IN_THE_WAY * room.sum() and (figure > 0).mean() >= SPECK:
        return fields
    return np.stack([height, light, np.full_like(figure, ABSENT)])


def motif_of(scene: Scene) -> str:
    """Return the scene's motif: one its wishes name, or else one of its brand's few, dealt in turn."""
    kinds = _card()["motifs"]
    words = "".join(letter if letter.isalpha() else " " for letter in scene.wishes.casefold()).split()
    kept = [kind for kind in kinds if kind in words] or Random(scene.house).sample(sorted(kinds), KINDS)
    return str(kept[dealt(scene.house, "motif", scene.place, len(kept))])


def grid_for(width: int, height: int) -> tuple[int, int]:
    """Return the grid, in rows and columns, nearest in shape to a page."""
    return min(GRIDS, key=lambda grid: abs(math.log(grid[0] / grid[1]) - math.log(height / width)))


def room_grid(rooms: tuple[Room, ...], grid: tuple[int, int]) -> Field:
    """Return 1 at the grid's points that lie in a room and 0 elsewhere; rooms are given in shares of the page."""
    rows, columns = grid
    down, right = (np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns
    mask = np.zeros(grid, dtype=np.float32)
    for room in rooms:
        left, top, over, under = _to_the_edge(room)
        mask[np.ix_((down >= top) & (down <= under), (right >= left) & (right <= over))] = 1
    return mask


def _to_the_edge(room: Room) -> Room:
    """Return a room that reaches the edges it is near: no scrap of a layer is left between type and margin."""
    left, top, right, bottom = room
    return (
        0.0 if left < NEAR else left,
        0.0 if top < NEAR else top,
        1.0 if right > 1 - NEAR else right,
        1.0 if bottom > 1 - NEAR else bottom,
    )


def fingerprint() -> str:
    """Return what tells these weights from others: the digest of the model card, which holds that of the weights.

    Raises:
        ModelError: The weights aren't there.
    """
    return digest(_card())[:8]


@cache
def _card() -> dict[str, Any]:
    try:
        return dict(json.loads((WEIGHTS / "card.json").read_bytes()))
    except OSError as problem:
        raise ModelError(
            f"The backdrop model isn't in this installation ({problem}). Install it again."
        ) from problem


@cache
def _pipeline(threads: int) -> Any:
    from aboveboard.imaging.designing import opened

    return opened(WEIGHTS, min(threads, os.cpu_count() or 1))
