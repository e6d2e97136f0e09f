"""From a design's three fields to pixels, in a brand's colours and no others.

Every pixel is a mixture of the given colours in OKLab, with shares that add up to one, so that light and shadow
stay between them too. Edges are level lines of smooth fields and therefore as crisp as the page is large.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aboveboard.imaging.colour import oklab

Field = NDArray[np.float32]

GROUND = -0.75  # the height of the ground, to which a design sinks where type will stand
LIT, SHADED = 0.16, 0.2  # how far light and shade move a colour towards the lightest and the darkest
CAST = 0.34  # how far a shadow does, at its deepest
GRAIN = 0.006  # as paper has it; without it, wide ramps show steps


LIGHT = {  # how strongly a motif's `light` is felt
    "dawn": 0.7,
    "mesh": 0.8,
    "dunes": 0.8,
    "waves": 0.8,
    "paper": 0.6,
    "arches": 0.6,
    "ripples": 0.7,
    "folds": 1.0,
    "leaves": 0.8,
    "orbs": 0.8,
}


class Inks(NamedTuple):
    """The colours in OKLab: the ground, the layers above it, the figure's, and both ends of light."""

    ground: NDArray[np.float32]
    layers: tuple[NDArray[np.float32], ...]
    figure: NDArray[np.float32]
    light: NDArray[np.float32]
    dark: NDArray[np.float32]


def coloured(fields: Field, motif: str, colours: Sequence[str], size: tuple[int, int], seed: int) -> Image.Image:
    """Return the picture of a design (3, rows, columns) at `size` in pixels; `colours` has the ground first."""
    height, light, figure = (_enlarged(field, size) for field in fields)
    inks = inks_of(colours, with_figure=bool(figure.max() > 0))
    shift = max(2, min(size) // 90)
    lab = _layered(height, inks, shift)
    raised = np.clip((height - GROUND) / 0.5, 0.15, 1)  # the ground itself stays calm
    lab = _lit(lab, light * raised * LIGHT[motif], inks)
    if figure.max() > 0:
        lab = _with_figure(lab, figure, light, inks, min(size), shift)
    noise = np.random.default_rng(seed).standard_normal(height.shape, dtype=np.float32) * (GRAIN / LIT)
    return Image.fromarray(_pixels(_lit(lab, noise, inks)))


def inks_of(colours: Sequence[str], *, with_figure: bool) -> Inks:
    """Return what each colour does: the boldest is the figure's where there is one, else the highest layer's.

    Layers are cut from whole colours, the nearest to the ground first: a mixture of two that are far apart is mud.
    """
    ground, bold, *rest = (np.array(oklab(colour), dtype=np.float32) for colour in colours)
    everything = sorted([ground, bold, *rest], key=lambda lab: float(lab[0]))
    near = sorted(rest or [bold], key=lambda lab: float(np.linalg.norm(lab - ground)))
    layers = near if with_figure else [*near, bold] if rest else near
    return Inks(ground, tuple(layers), bold, everything[-1], everything[0])


def _layered(height: Field, inks: Inks, shift: int) -> Field:
    """Sheets one above another, each casting a soft shadow down to the right on the one below."""
    levels = np.linspace(GROUND + 0.3, 0.5, len(inks.layers))
    steep = np.maximum(np.hypot(*np.gradient(height)), 1e-4)
    moved = _moved(height, shift)
    lab = np.broadcast_to(inks.ground, (*height.shape, 3)).astype(np.float32)
    for level, ink in zip(levels, inks.layers, strict=True):
        lab = _towards(lab, inks.dark, CAST * _shadow(moved - level, steep, shift))
        lab = _towards(lab, ink, np.clip(0.5 + (height - level) / steep, 0, 1))
    return lab


def _with_figure(lab: Field, figure: Field, light: Field, inks: Inks, short: int, shift: int) -> Field:
    slope = np.float32(4 / short)
    lab = _towards(lab, inks.dark, 0.8 * CAST * _shadow(_moved(figure, shift), slope, shift))
    body = np.broadcast_to(inks.figure, lab.shape).astype(np.float32)
    shaded = _lit(body, 1.2 * light, inks)
    steep = np.maximum(np.hypot(*np.gradient(figure)), slope / 8)
    cover = np.clip(0.5 + figure / steep, 0, 1)[..., None]
    return np.asarray(lab + cover * (shaded - lab), dtype=np.float32)


def _shadow(over: Field, steep: Field | np.float32, reach: int) -> Field:
    place = np.clip(0.5 + over / (np.maximum(steep, 2e-4) * 3.2 * reach), 0, 1)
    return np.asarray(place * place * (3 - 2 * place), dtype=np.float32)


def _lit(lab: Field, light: Field, inks: Inks) -> Field:
    up = _towards(lab, inks.light, np.clip(light, 0, 1.5) * LIT)
    return _towards(up, inks.dark, np.clip(-light, 0, 1.5) * SHADED)


def _towards(lab: Field, ink: Field, share: Field) -> Field:
    return np.asarray(lab + share[..., None] * (ink - lab), dtype=np.float32)


def _moved(field: Field, by: int) -> Field:
    return np.pad(field, ((by, 0), (by // 2, 0)), mode="edge")[: field.shape[0], : field.shape[1]]


def _enlarged(field: Field, size: tuple[int, int]) -> Field:
    picture = Image.fromarray(np.asarray(field, dtype=np.float32)).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(picture, dtype=np.float32)


def _pixels(lab: Field) -> NDArray[np.uint8]:
    """OKLab to sRGB. Source: https://bottosson.github.io/posts/oklab/."""
    to_cones = np.array(
        [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]],
        dtype=np.float32,
    )
    to_light = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ],
        dtype=np.float32,
    )
    light = np.clip((lab @ to_cones.T) ** 3 @ to_light.T, 0, 1)
    return np.asarray(_gamma()[np.rint(light * 65535).astype(np.uint16)], dtype=np.uint8)


def _gamma() -> NDArray[np.uint8]:
    """Light in 65,536 steps to an sRGB channel. Source: IEC 61966-2-1."""
    light = np.arange(65536) / 65535
    channel = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * channel), dtype=np.uint8)
