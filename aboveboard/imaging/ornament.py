"""Ornaments: a few flat, generous shapes in the brand's colours, drawn from a seed. They mean nothing and claim nothing.

Every ornament fills a box and may reach past its edges; the template clips it.
"""

import math
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from aboveboard.imaging.colour import Scheme, mix


class Box(NamedTuple):
    x: float
    y: float
    w: float
    h: float


class Shape(NamedTuple):
    d: str  # an SVG path
    fill: str


Ornament = Callable[[Box, Scheme, Random], list[Shape]]


def draw(kind: str, box: Box, scheme: Scheme, seed: int) -> list[Shape]:
    """Return the shapes of ornament `kind`; the same seed draws the same."""
    return ORNAMENTS[kind](box, scheme, Random(seed))


def tiles(box: Box, scheme: Scheme, rng: Random) -> list[Shape]:
    """Square tiles of quarter discs, half discs, petals and discs, as on a cement floor."""
    along = max(2, round(max(box.w, box.h) / min(box.w, box.h) * rng.choice((2, 2, 3))))
    side = max(box.w, box.h) / along
    columns, rows = math.ceil(box.w / side - 0.02), math.ceil(box.h / side - 0.02)
    colours = (scheme.ground, *scheme.shapes)
    shapes: list[Shape] = []
    motifs: list[Callable[..., str]] = [_pie, _pie, _petal, _half, _disc_in]
    last = ""
    for place in range(columns * rows):
        x, y = box.x + place % columns * side, box.y + place // columns * side
        ground = rng.choice([colour for colour in colours if colour != last])
        figure = rng.choice([colour for colour in colours if colour != ground])
        last = ground
        shapes.append(Shape(_rect(x, y, side, side), ground))
        shapes.append(Shape(rng.choice(motifs)(x, y, side, rng.randrange(4)), figure))
    return shapes


def arcs(box: Box, scheme: Scheme, rng: Random) -> list[Shape]:
    """Broad concentric bands around one corner, like a rainbow or a record."""
    x, y = box.x + box.w * rng.choice((0, 1)), box.y + box.h * rng.choice((0, 1, 1))
    reach = rng.uniform(0.86, 1.04) * max(min(box.w, box.h) * 1.25, max(box.w, box.h) * 0.8)
    first, second, third = scheme.shapes
    bands = rng.choice(([first, scheme.ground, second, first], [first, second, third, first], [second, first, third]))
    inner = rng.uniform(0.2, 0.34)
    step = (1 - inner) / len(bands)
    radii = [reach * (1 - step * number) for number in range(len(bands))] + [reach * inner]
    fills = [*bands, rng.choice((scheme.ground, third))]
    return [Shape(_disc(x, y, radius), fill) for radius, fill in zip(radii, fills, strict=True)]


def waves(box: Box, scheme: Scheme, rng: Random) -> list[Shape]:
    """A disc above swells of colour: a sun and water, or hills."""
    first, second, third = scheme.shapes
    radius = min(box.w, box.h) * rng.uniform(0.24, 0.34)
    x, y = box.x + box.w * rng.choice((0.28, 0.5, 0.72)), box.y + box.h * rng.uniform(0.36, 0.46)
    layers = [second, mix(second, third, 0.5), third]
    shapes = [Shape(_disc(x, y, radius), first)]
    for number, fill in enumerate(layers):
        level = box.y + box.h * (0.44 + 0.2 * number)
        shapes.append(Shape(_swell(box, level, rng), fill))
    return shapes


def discs(box: Box, scheme: Scheme, rng: Random) -> list[Shape]:
    """Large discs in a row that overlap, each meeting in a mixed colour."""
    first, second, third = scheme.shapes
    tall = box.h > box.w
    length, depth = max(box.w, box.h), min(box.w, box.h)
    radius = depth * rng.uniform(0.4, 0.47)
    count = max(2, min(3, round((length / radius - 0.5) / 1.3)))
    gap = radius * rng.uniform(1.15, 1.35)
    start = (length - gap * (count - 1)) / 2
    centres = [(start + gap * number, depth / 2) for number in range(count)]
    placed = [(box.x + (b if tall else a), box.y + (a if tall else b)) for a, b in centres]
    fills = [first, second, third] if rng.random() < 0.5 else [second, first, third]
    shapes = [Shape(_disc(x, y, radius), fill) for (x, y), fill in zip(placed, fills, strict=False)]
    pairs = zip(placed, placed[1:], fills, fills[1:], strict=False)
    return shapes + [Shape(_lens(a, b, radius), mix(one, other, 0.5)) for a, b, one, other in pairs]


def ribbons(box: Box, scheme: Scheme, rng: Random) -> list[Shape]:
    """Rounded ribbons on the slant, running in from one side."""
    first, second, third = scheme.shapes
    slant = math.radians(rng.choice((-32, -28, 28, 32)))
    thick = min(box.w, box.h) * rng.uniform(0.2, 0.26)
    middle = box.x + box.w / 2, box.y + box.h / 2
    across = int((box.w + box.h) / thick / 1.3) // 2 + 1
    length = (box.w + box.h) * 0.8
    colours = [first, second, first, third]
    turn = rng.randrange(4)
    shapes = []
    for number in range(-across, across + 1):
        end = rng.uniform(-0.28, 0.3) * max(box.w, box.h)
        centre = (end - length / 2 if number % 2 else end + length / 2, number * thick * 1.28)
        shapes.append(Shape(_ribbon(middle, centre, length, thick, slant), colours[(number + turn) % 4]))
    return shapes


def dots(box: Box, scheme: Scheme, rng: Random) -> list[Shape]:
    """A field of dots that swell towards one corner, with one in another colour."""
    first, second, _ = scheme.shapes
    step = min(box.w, box.h) / rng.choice((5, 6, 7))
    columns, rows = math.ceil(box.w / step), math.ceil(box.h / step)
    left, top = box.x + (box.w - columns * step) / 2, box.y + (box.h - rows * step) / 2
    lean = rng.choice(((1, 1), (-1, 1), (1, -1), (-1, -1)))
    odd = rng.randrange(rows // 3, rows - rows // 4), rng.randrange(columns // 3, columns - columns // 4)
    shapes = []
    for row in range(rows):
        for column in range(columns):
            across, down = (column + 0.5) / columns * 2 - 1, (row + 0.5) / rows * 2 - 1
            swell = 0.5 + 0.25 * (across * lean[0] + down * lean[1])
            radius = step * (0.46 if (row, column) == odd else 0.05 + 0.4 * swell)
            fill = second if (row, column) == odd else first
            shapes.append(Shape(_disc(left + (column + 0.5) * step, top + (row + 0.5) * step, radius), fill))
    return shapes


def sheets(box: Box, scheme: Scheme, rng: Random) -> list[Shape]:
    """Sheets of paper fanned out from one corner, like pages or cards in a hand."""
    first, second, third = scheme.shapes
    side = rng.choice((-1, 1))
    pivot = box.x + box.w * (0.5 - 0.34 * side), box.y + box.h * 1.08
    length = max(box.h * 1.02, min(box.w, box.h) * 1.3)
    width = length * rng.uniform(0.5, 0.6)
    fills = [third, mix(second, third, 0.5), second, mix(first, second, 0.45), first]
    spread = rng.uniform(15, 19)
    return [
        Shape(_sheet(pivot, width, length, math.radians(side * (-18 + spread * number))), fill)
        for number, fill in zip(range(len(fills), 0, -1), fills, strict=True)
    ]


ORNAMENTS: dict[str, Ornament] = {
    "tiles": tiles,
    "arcs": arcs,
    "waves": waves,
    "discs": discs,
    "ribbons": ribbons,
    "dots": dots,
    "sheets": sheets,
}


def _n(*numbers: float) -> str:
    return " ".join(f"{number:.2f}" for number in numbers)


def _rect(x: float, y: float, w: float, h: float) -> str:
    return f"M{_n(x, y)}h{_n(w)}v{_n(h)}h{_n(-w)}z"


def _disc(x: float, y: float, r: float) -> str:
    return f"M{_n(x - r, y)}a{_n(r, r)} 0 1 1 {_n(2 * r, 0)}a{_n(r, r)} 0 1 1 {_n(-2 * r, 0)}z"


def _disc_in(x: float, y: float, side: float, turn: int) -> str:
    return _disc(x + side / 2, y + side / 2, side * (0.36 if turn % 2 else 0.24))


def _corners(x: float, y: float, side: float, turn: int) -> list[tuple[float, float]]:
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    return corners[turn:] + corners[:turn]


def _pie(x: float, y: float, side: float, turn: int) -> str:
    a, b, _, d = _corners(x, y, side, turn)
    return f"M{_n(*a)}L{_n(*b)}A{_n(side, side)} 0 0 1 {_n(*d)}z"


def _petal(x: float, y: float, side: float, turn: int) -> str:
    a, _, c, _ = _corners(x, y, side, turn)
    return f"M{_n(*a)}A{_n(side, side)} 0 0 1 {_n(*c)}A{_n(side, side)} 0 0 1 {_n(*a)}z"


def _half(x: float, y: float, side: float, turn: int) -> str:
    a, b, _, _ = _corners(x, y, side, turn)
    return f"M{_n(*b)}A{_n(side / 2, side / 2)} 0 0 1 {_n(*a)}z"


def _lens(a: tuple[float, float], b: tuple[float, float], r: float) -> str:
    middle = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
    apart = math.dist(a, b)
    reach = math.sqrt(max(0.0, r * r - apart * apart / 4))
    away = -(b[1] - a[1]) / apart * reach, (b[0] - a[0]) / apart * reach
    one, other = (middle[0] + away[0], middle[1] + away[1]), (middle[0] - away[0], middle[1] - away[1])
    return f"M{_n(*one)}A{_n(r, r)} 0 0 1 {_n(*other)}A{_n(r, r)} 0 0 1 {_n(*one)}z"


def _swell(box: Box, level: float, rng: Random) -> str:
    height, length, phase = box.h * rng.uniform(0.07, 0.13), box.w * rng.uniform(0.75, 1.2), rng.uniform(0, math.tau)
    points = [
        (box.x + box.w * step / 48, level + height * math.sin(phase + math.tau * box.w * step / 48 / length))
        for step in range(49)
    ]
    line = "L".join(_n(*point) for point in points)
    return f"M{_n(box.x, box.y + box.h)}L{line}L{_n(box.x + box.w, box.y + box.h)}z"


def _turned(middle: tuple[float, float], point: tuple[float, float], angle: float) -> tuple[float, float]:
    sine, cosine = math.sin(angle), math.cos(angle)
    return middle[0] + point[0] * cosine - point[1] * sine, middle[1] + point[0] * sine + point[1] * cosine


def _ribbon(middle: tuple[float, float], centre: tuple[float, float], length: float, thick: float, angle: float) -> str:
    half, r = length / 2, thick / 2
    (x, y), d = centre, thick / 2
    a, b = _turned(middle, (x - half, y - d), angle), _turned(middle, (x + half, y - d), angle)
    c, e = _turned(middle, (x + half, y + d), angle), _turned(middle, (x - half, y + d), angle)
    return f"M{_n(*a)}L{_n(*b)}A{_n(r, r)} 0 0 1 {_n(*c)}L{_n(*e)}A{_n(r, r)} 0 0 1 {_n(*a)}z"


def _sheet(pivot: tuple[float, float], width: float, length: float, angle: float) -> str:
    corners = [(-width / 2, 0.0), (-width / 2, -length), (width / 2, -length), (width / 2, 0.0)]
    return "M" + "L".join(_n(*_turned(pivot, corner, angle)) for corner in corners) + "z"
