"""The designs a backdrop model learns from, each drawn by formula from a dice: nothing here is anybody's picture.

A design is three smooth fields on a coarse grid. Edges are level lines of a smooth field, so they stay crisp at
any size: `height` is cut into layers or read as a ramp of colour, `light` shades, and `figure` is a shape where
it is above nought. Colours come later, from the brand (`aboveboard.imaging.colouring`).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aboveboard.imaging.backdrop import banks
from aboveboard.imaging.colouring import GROUND

Field = NDArray[np.float64]
Dice = np.random.Generator
TRIES = 24  # designs drawn for one that suits its room
ABSENT = -1.0  # a figure that isn't there


class Plane(NamedTuple):
    """Where the grid's points lie: the shorter side runs from -1 to 1, the longer as far as it goes."""

    x: Field
    y: Field

    @property
    def reach(self) -> tuple[float, float]:
        return float(self.x.max()), float(self.y.max())


Motif = Callable[[Dice, Plane], tuple[Field, Field, Field]]


def plane(rows: int, columns: int) -> Plane:
    """Return the points of a grid, y downwards."""
    unit = min(rows, columns) / 2
    y, x = np.mgrid[0:rows, 0:columns] + 0.5
    return Plane((x - columns / 2) / unit, (y - rows / 2) / unit)


def drawn(dice: Dice, motif: str, room: Field) -> Field:
    """Return one design of `motif` (3, rows, columns), from -1 to 1, that is calm where `room` is above nought.

    Of several tries the one calmest in the room is kept; what still stirs there sinks to the ground, in a wide
    hollow so that the level lines flow around it. A figure that would stand in the room is left out.
    """
    on = plane(*room.shape)
    tries = [np.stack(MOTIFS[motif](dice, on)) for _ in range(TRIES if room.any() else 1)]
    height, light, figure = min(tries, key=lambda fields: unrest(fields, room))
    hollow = banks(room.astype(np.float32))
    height = height - hollow * np.maximum(0.0, height - (GROUND - 0.1 + 0.1 * height))
    light = light * (1 - 0.6 * hollow)
    if (room * (figure > -0.06)).sum() > 0.02 * room.sum():
        figure = np.full_like(figure, ABSENT)
    return np.asarray(np.clip(np.stack([height, light, figure]), -1, 1))


def unrest(fields: Field, room: Field) -> float:
    """Return how much goes on in the room: heights above the ground, change from point to point, and figures."""
    if not room.any():
        return 0.0
    height, light, figure = fields
    steps = np.hypot(*np.gradient(height)) + 0.5 * np.hypot(*np.gradient(light))
    share = room / room.sum()
    return float((share * (np.maximum(height - GROUND, 0) + 4 * steps + 4 * (figure > -0.06))).sum())


def dawn(dice: Dice, on: Plane) -> tuple[Field, Field, Field]:
    """A sky that brightens towards a low horizon, with a sun or without."""
    wide, high = on.reach
    tilt, bow = dice.uniform(-0.35, 0.35), dice.uniform(-0.3, 0.5)
    level = dice.uniform(-0.2, 0.55) * high
    lean = (on.y - level + tilt * on.x + bow * on.x**2 / wide) / high
    height = np.tanh(dice.choice([-1.0, 1.0]) * dice.uniform(0.9, 1.5) * lean)
    glow = (dice.uniform(-0.8, 0.8) * wide, dice.uniform(-0.7, 0.5) * high)
    light = _hill(on, glow, dice.uniform(0.5, 1.1)) * 1.6 - 0.6
    if dice.random() < 0.3:
        return height, light, np.full_like(height, ABSENT)
    return height, light, _disc(on, glow, dice.uniform(0.24, 0.5))


def mesh(dice: Dice, on: Plane) -> tuple[Field, Field, Field]:
    """Fields of colour that run into one another."""
    return (
        _evened(_hills(dice, on, 6, 0.45, 1.0)),
        _evened(_hills(dice, on, 4, 0.4, 0.9)),
        np.full_like(on.x, ABSENT),
    )


def dunes(dice: Dice, on: Plane) -> tuple[Field, Field, Field]:
    """Ridges behind ridges, lit from one side."""
    wide, high = on.reach
    side, turn = dice.choice([-1.0, 1.0]), dice.uniform(0, np.pi)
    swell = sum(
        dice.uniform(0.12, 0.34)
        / octave
        * np.sin(octave * dice.uniform(0.8, 1.9) * on.x + dice.uniform(0, 7) + 0.9 * on.y)
        for octave in (1.0, 1.7)
    )
    rising = dice.choice([-1.0, 1.0])  # ridges from below, or clouds from above
    height = np.clip(rising * (on.y + swell + side * dice.uniform(0, 0.35) * on.x) / (0.95 * high), -1, 1)
    light = 0.8 * np.sin(1.4 * side * on.x + turn + 2.2 * height)
    if dice.random() < 0.45:
        return height, light, np.full_like(height, ABSENT)
    sun = (dice.uniform(-0.6, 0.6) * wide, -rising * dice.uniform(0.35, 0.75) * high)
    return height, light, _disc(on, sun, dice.uniform(0.2, 0.36))


def waves(dice: Dice, on: Plane) -> tuple[Field, Field, Field]:
    """Swells that roll across the page on a slant."""
    angle = dice.uniform(-0.5, 0.5)
    across, along = _turned(on, angle)
    length = dice.uniform(1.4, 2.8)
    bend = dice.uniform(0.18, 0.4) * np.sin(
        2 * np.pi * across / length + dice.uniform(0, 7) + dice.uniform(-1, 1) * along
    )
    period = dice.uniform(1.5, 2.6)
    phase = 2 * np.pi * (along + bend) / period + dice.uniform(0, 7)
    height = 0.75 * np.sin(phase) + 0.25 * np.sin(0.5 * phase + dice.uniform(0, 7))
    return height, 0.8 * np.cos(phase + 0.6), np.full_like(height, ABSENT)


def paper(dice: Dice, on: Plane) -> tuple[Field, Field, Field]:
    """Sheets of paper with hollows cut into them, one above the other."""
    wide, high = on.reach
    rough = _evened(_hills(dice, on, 7, 0.3, 0.65))
    frame = (
        1.3
        * np.hypot((on.x - dice.uniform(-0.5, 0.5) * wide) / wide, (on.y - dice.uniform(-0.5, 0.5) * high) / high)
        - 0.9
    )
    height = 0.9 * np.tanh(1.6 * (0.6 * rough + 0.8 * frame))
    return height, _slope(dice, on), np.full_like(height, ABSENT)


def arches(dice: Dice, on: Plane) -> tuple[Field, Field, Field]:
    """Arches within arches, standing on any side of the page."""
    turns = int(dice.integers(4))
    across, down = ((on.x, on.y), (on.y, on.x), (on.x, -on.y), (on.y, -on.x))[turns]
    wide, high = float(across.max()), float(down.max())
    middle = dice.uniform(-0.7, 0.7) * wide
    spring = dice.uniform(-0.1, 0.5) * high
    x, y = across - middle, down - spring
    away = np.where(y < 0, np.hypot(x, y), np.abs(x))
    outer = dice.uniform(1.0, 1.6)
    height = np.clip(1 - 2 * away / outer, -1, 0.8)
    figure = np.full_like(height, ABSENT)
    if dice.random() < 0.5:
        at = (dice.uniform(-0.8, 0.8) * on.reach[0], dice.uniform(-0.8, 0.8) * on.reach[1])
        disc = _disc(on, at, dice.uniform(0.16, 0.3))
        figure = disc if (height[disc > -0.1] < -0.9).all() else figure
    return height, _slope(dice, on), figure


def ripples(dice: Dice, on: Plane) -> tuple[Field, Field, Field]:
    """Rings about a point at the edge, as from a stone in water."""
    wide, high = on.reach
    corner = (
        dice.choice([-1.0, 1.0]) * dice.uniform(0.6, 1.1) * wide,
        dice.choice([-1.0, 1.0]) * dice.uniform(0.5, 1.1) * high,
    )
    away = np.hypot(on.x - corner[0], on.y - corner[1])
    reach = dice.uniform(1.5, 2.3)
    height = np.clip(1 - 2 * away / reach, -1, 1)
    light = 0.5 * np.cos(np.arctan2(on.y - corner[1], on.x - corner[0]) * 2 + dice.uniform(0, 7))
    return height, light, _disc(on, corner, dice.uniform(0.2, 0.36))


def folds(dice: Dice, on: Plane) -> tuple[Field, Field, Field]:
    """Cloth in soft folds."""
    across, along = _turned(on, dice.uniform(-1.1, 1.1))
    warp = 0.35 * np.sin(dice.uniform(1.0, 2.0) * along + dice.uniform(0, 7)) + 0.2 * _evened(
        _hills(dice, on, 3, 0.6, 1.0)
    )
    phase = dice.uniform(2.6, 4.6) * (across + warp) + dice.uniform(0, 7)
    height = 0.7 * np.sin(phase) + 0.3 * np.sin(0.55 * phase + dice.uniform(0, 7))
    light = np.sin(phase + 1.1) * (0.75 + 0.25 * np.sin(1.3 * along))
    return height, light, np.full_like(height, ABSENT)


def leaves(dice: Dice, on: Plane) -> tuple[Field, Field, Field]:
    """A few broad leaves from one root, over a soft ground."""
    wide, high = on.reach
    root = (
        dice.choice([-1.0, 1.0]) * dice.uniform(0.3, 0.95) * wide,
        high * dice.choice([-1.0, 1.0]) * dice.uniform(0.7, 1.05),
    )
    towards = np.arctan2(-root[1], -root[0])
    figure, size = np.full_like(on.x, ABSENT), dice.uniform(0.55, 1.1)
    for number in range(int(dice.integers(2, 5))):
        angle = towards + dice.uniform(-0.25, 0.25) + (number - 1.2) * dice.uniform(0.5, 0.7)
        figure = np.maximum(
            figure, _leaf(on, root, angle, size * dice.uniform(1.1, 1.6), size * dice.uniform(0.2, 0.32))
        )
    height = _evened(_hills(dice, on, 3, 0.7, 1.1))
    light = np.sin(np.arctan2(on.y - root[1], on.x - root[0]) * 3 + dice.uniform(0, 7))
    return height * 0.8, light, figure


def orbs(dice: Dice, on: Plane) -> tuple[Field, Field, Field]:
    """Round bodies, lit from above, that melt together where they touch."""
    wide, high = on.reach
    pull = np.zeros_like(on.x)
    for _ in range(int(dice.integers(1, 4))):
        size = dice.uniform(0.2, 0.5)
        at = (dice.uniform(-0.85, 0.85) * wide, dice.uniform(-0.85, 0.85) * high)
        pull += (size / np.maximum(0.12, np.hypot(on.x - at[0], on.y - at[1]))) ** 2.4
    figure = np.tanh(1.1 * np.log(np.maximum(pull, 1e-3)))
    light = np.clip(-0.9 * on.y / high + dice.uniform(-0.4, 0.4) * on.x / wide + 0.35 * figure, -1, 1)
    return _evened(_hills(dice, on, 3, 0.7, 1.1)) * 0.8, light, figure


MOTIFS: dict[str, Motif] = {
    "dawn": dawn,
    "mesh": mesh,
    "dunes": dunes,
    "waves": waves,
    "paper": paper,
    "arches": arches,
    "ripples": ripples,
    "folds": folds,
    "leaves": leaves,
    "orbs": orbs,
}


def _hill(on: Plane, at: tuple[float, float], wide: float) -> Field:
    return np.asarray(np.exp(-((on.x - at[0]) ** 2 + (on.y - at[1]) ** 2) / (2 * wide**2)))


def _hills(dice: Dice, on: Plane, count: int, least: float, most: float) -> Field:
    wide, high = on.reach
    ground = np.zeros_like(on.x)
    for number in range(count):
        at = (dice.uniform(-1.1, 1.1) * wide, dice.uniform(-1.1, 1.1) * high)
        ground += (-1) ** number * dice.uniform(0.6, 1.0) * _hill(on, at, dice.uniform(least, most))
    return ground


def _evened(field: Field) -> Field:
    return np.asarray(np.tanh(1.5 * (field - field.mean()) / (field.std() + 0.05) / 1.6))


def _slope(dice: Dice, on: Plane) -> Field:
    angle = dice.uniform(0, 2 * np.pi)
    along = np.cos(angle) * on.x + np.sin(angle) * on.y
    return np.asarray(np.tanh(dice.uniform(0.6, 1.0) * along))


def _disc(on: Plane, at: tuple[float, float], radius: float) -> Field:
    return np.asarray(np.clip(2 * (radius - np.hypot(on.x - at[0], on.y - at[1])), -1, 1))


def _leaf(on: Plane, root: tuple[float, float], angle: float, length: float, broad: float) -> Field:
    """Two arcs that meet in points at both ends."""
    across, along = _turned(on, angle, root)
    radius = (length**2 / 4 + broad**2) / (2 * broad)
    off = radius - broad
    one, other = np.hypot(across - length / 2, along - off), np.hypot(across - length / 2, along + off)
    return np.asarray(np.clip(3 * (radius - np.maximum(one, other)), -1, 1))


def _turned(on: Plane, angle: float, about: tuple[float, float] = (0.0, 0.0)) -> tuple[Field, Field]:
    x, y = on.x - about[0], on.y - about[1]
    return np.cos(angle) * x + np.sin(angle) * y, -np.sin(angle) * x + np.cos(angle) * y
