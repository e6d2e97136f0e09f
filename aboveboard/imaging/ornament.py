"""Ornaments: a few flat, generous shapes in the brand's colours, drawn from a seed. They claim nothing.

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


Point = tuple[float, float]
Ornament = Callable[[Box, Scheme, Random], list[Shape]]


def draw(kind: str, box: Box, scheme: Scheme, seed: int) -> list[Shape]:
    """Return the shapes of ornament `kind`; the same seed draws the same."""
    return ORNAMENTS[kind](box, scheme, Random(seed))


def tiles(box: Box, scheme: Scheme, rng: Random) -> list[Shape]:
    """Tiles of quarter discs, half discs, petals and discs, as on a cement floor, each of them whole."""
    columns, rows = _grid(box, rng.choice((2, 3)))
    wide, high = box.w / columns, box.h / rows
    colours = (scheme.ground, *scheme.shapes)
    motifs: list[Callable[[Box, int], str]] = [_pie, _pie, _petal, _half, _inner]
    shapes: list[Shape] = []
    last = ""
    for place in range(columns * rows):
        across, down = place % columns, place // columns
        x, y = round(box.x + across * wide), round(box.y + down * high)
        cell = Box(x, y, round(box.x + (across + 1) * wide) - x, round(box.y + (down + 1) * high) - y)
        ground = rng.choice([colour for colour in colours if colour != last])
        figure = rng.choice([colour for colour in colours if colour != ground])
        last = ground
        shapes.append(Shape(_rect(*cell), ground))
        shapes.append(Shape(rng.choice(motifs)(cell, rng.randrange(4)), figure))
    return shapes


def _grid(box: Box, least: int) -> tuple[int, int]:
    """The columns and rows, `least` or one more along the shorter side, whose cells are nearest to square."""
    longer, shorter = max(box.w, box.h), min(box.w, box.h)
    options = [(across, max(1, round(longer / shorter * across))) for across in range(least, least + 2)]
    across, along = min(options, key=lambda option: abs(math.log(longer / option[1] / (shorter / option[0]))))
    return (along, across) if box.w > box.h else (across, along)


def arcs(box: Box, scheme: Scheme, rng: Random) -> list[Shape]:
    """Broad concentric bands around one corner, like a rainbow or a record."""
    x, y = box.x + box.w * rng.choice((0, 1)), box.y + box.h * rng.choice((0, 1, 1))
    reach = rng.uniform(0.86, 1.04) * max(min(box.w, box.h) * 1.25, max(box.w, box.h) * 0.8)
    first, second, third = scheme.shapes
    bands = rng.choice(
        ([first, scheme.ground, second, first], [first, second, third, first], [second, first, third])
    )
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
    shapes = [Shape(_disc(x, y, radius), first)]
    for number, fill in enumerate((second, third, first)):
        level = box.y + box.h * (0.44 + 0.2 * number)
        shapes.append(Shape(_swell(box, level, rng), fill))
    return shapes


def discs(box: Box, scheme: Scheme, rng: Random) -> list[Shape]:
    """Large discs in a row that overlap, each meeting in a mixed colour."""
    fills = list(scheme.shapes)
    rng.shuffle(fills)
    length, depth = max(box.w, box.h) * 0.88, min(box.w, box.h)
    overlap = rng.uniform(1.2, 1.4)  # between centres, in radii
    count = 3 if length > 1.5 * depth else 2
    radius = min(depth * 0.42, length / (2 + overlap * (count - 1)))
    angle = math.pi / 2 if box.h > 1.15 * box.w else rng.choice((0.0, 0.0, -0.35, 0.35)) if count == 2 else 0.0
    middle = box.x + box.w / 2, box.y + box.h / 2
    steps = [(number - (count - 1) / 2) * overlap * radius for number in range(count)]
    placed = [_turned(middle, (step, 0.0), angle) for step in steps]
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
    columns, rows = round(box.w / step), round(box.h / step)
    wide, high = box.w / columns, box.h / rows
    lean = rng.choice(((1, 1), (-1, 1), (1, -1), (-1, -1)))
    odd = rng.randrange(rows // 3, rows - rows // 4), rng.randrange(columns // 3, columns - columns // 4)
    shapes = []
    for row in range(rows):
        for column in range(columns):
            across, down = (column + 0.5) / columns * 2 - 1, (row + 0.5) / rows * 2 - 1
            swell = 0.5 + 0.25 * (across * lean[0] + down * lean[1])
            radius = step * (0.46 if (row, column) == odd else 0.05 + 0.4 * swell)
            fill = second if (row, column) == odd else first
            shapes.append(Shape(_disc(box.x + (column + 0.5) * wide, box.y + (row + 0.5) * high, radius), fill))
    return shapes


def arches(box: Box, scheme: Scheme, rng: Random) -> list[Shape]:
    """Arches within arches, standing side by side on the floor of the box."""
    first, second, third = scheme.shapes
    count = max(1, round(box.w / (box.h * rng.uniform(0.62, 0.8))))
    wide = box.w * 0.86 / count
    height = min(box.h * 0.9, wide * 1.45)
    colours = [first, second, third]
    shapes = []
    for number in range(count):
        x, shift = box.x + box.w * 0.07 + wide * (number + 0.5), rng.randrange(3)
        for ring in range(4):
            fill = scheme.ground if ring == 3 else colours[(ring + shift) % 3]
            span = wide * 0.94 * (1 - 0.25 * ring)
            shapes.append(Shape(_arch(x, box.y + box.h, span, height - wide * 0.47 * 0.25 * ring), fill))
    return shapes


FREE = {"discs"}  # stand anywhere on the page's own ground; the others want a panel that cuts them
SPANNING = {"waves"}  # stand on it too where they reach from edge to edge
ORNAMENTS: dict[str, Ornament] = {
    "tiles": tiles,
    "arcs": arcs,
    "waves": waves,
    "discs": discs,
    "ribbons": ribbons,
    "dots": dots,
    "arches": arches,
}


def _n(*numbers: float) -> str:
    return " ".join(f"{number:.2f}" for number in numbers)


def _rect(x: float, y: float, w: float, h: float) -> str:
    return f"M{_n(x, y)}h{_n(w)}v{_n(h)}h{_n(-w)}z"


def _disc(x: float, y: float, r: float) -> str:
    return f"M{_n(x - r, y)}a{_n(r, r)} 0 1 1 {_n(2 * r, 0)}a{_n(r, r)} 0 1 1 {_n(-2 * r, 0)}z"


def _inner(cell: Box, turn: int) -> str:
    return _disc(cell.x + cell.w / 2, cell.y + cell.h / 2, min(cell.w, cell.h) * (0.36 if turn % 2 else 0.24))


def _corners(cell: Box, turn: int) -> list[Point]:
    right, floor = cell.x + cell.w, cell.y + cell.h
    corners = [(cell.x, cell.y), (right, cell.y), (right, floor), (cell.x, floor)]
    return corners[turn:] + corners[:turn]


def _pie(cell: Box, turn: int) -> str:
    a, b, _, d = _corners(cell, turn)
    return f"M{_n(*a)}L{_n(*b)}A{_n(cell.w, cell.h)} 0 0 1 {_n(*d)}z"


def _petal(cell: Box, turn: int) -> str:
    a, _, c, _ = _corners(cell, turn)
    return f"M{_n(*a)}A{_n(cell.w, cell.h)} 0 0 1 {_n(*c)}A{_n(cell.w, cell.h)} 0 0 1 {_n(*a)}z"


def _half(cell: Box, turn: int) -> str:
    a, b, _, _ = _corners(cell, turn)
    return f"M{_n(*b)}A{_n(cell.w / 2, cell.h / 2)} 0 0 1 {_n(*a)}z"


def _lens(a: Point, b: Point, r: float) -> str:
    middle = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
    apart = math.dist(a, b)
    reach = math.sqrt(max(0.0, r * r - apart * apart / 4))
    away = -(b[1] - a[1]) / apart * reach, (b[0] - a[0]) / apart * reach
    one, other = (middle[0] + away[0], middle[1] + away[1]), (middle[0] - away[0], middle[1] - away[1])
    return f"M{_n(*one)}A{_n(r, r)} 0 0 1 {_n(*other)}A{_n(r, r)} 0 0 1 {_n(*one)}z"


def _swell(box: Box, level: float, rng: Random) -> str:
    height, length, phase = (
        box.h * rng.uniform(0.07, 0.13),
        box.w * rng.uniform(0.75, 1.2),
        rng.uniform(0, math.tau),
    )
    points = [
        (box.x + box.w * step / 48, level + height * math.sin(phase + math.tau * box.w * step / 48 / length))
        for step in range(49)
    ]
    line = "L".join(_n(*point) for point in points)
    return f"M{_n(box.x, box.y + box.h)}L{line}L{_n(box.x + box.w, box.y + box.h)}z"


def _turned(middle: Point, point: Point, angle: float) -> Point:
    sine, cosine = math.sin(angle), math.cos(angle)
    return middle[0] + point[0] * cosine - point[1] * sine, middle[1] + point[0] * sine + point[1] * cosine


def _ribbon(
    middle: tuple[float, float], centre: tuple[float, float], length: float, thick: float, angle: float
) -> str:
    half, r = length / 2, thick / 2
    (x, y), d = centre, thick / 2
    a, b = _turned(middle, (x - half, y - d), angle), _turned(middle, (x + half, y - d), angle)
    c, e = _turned(middle, (x + half, y + d), angle), _turned(middle, (x - half, y + d), angle)
    return f"M{_n(*a)}L{_n(*b)}A{_n(r, r)} 0 0 1 {_n(*c)}L{_n(*e)}A{_n(r, r)} 0 0 1 {_n(*a)}z"


def _arch(x: float, floor: float, span: float, height: float) -> str:
    r = span / 2
    return f"M{_n(x - r, floor)}V{_n(floor - height + r)}a{_n(r, r)} 0 0 1 {_n(span, 0)}V{_n(floor)}z"
