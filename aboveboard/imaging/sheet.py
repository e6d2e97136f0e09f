"""What a card template works with: the page's measures, its words, and the placing of type and art.

Whatever a template places is remembered, so that the card can say which words it bears and measure each line. A
template is written for a page read from left to right; for one read from right to left, the sheet mirrors it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aboveboard.imaging import ornament
from aboveboard.imaging.colour import Scheme, facing
from aboveboard.imaging.logo import Logo, Mark
from aboveboard.imaging.ornament import Box, Shape
from aboveboard.imaging.shaping import rightward
from aboveboard.imaging.typeset import Block, Style, fitted, set_block

Item = Mapping[str, Any]


class Insets(NamedTuple):
    """Pixels along each edge that a channel lays its own signs over, or cuts."""

    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    left: float = 0.0


NOTHING = Insets()


class Edges(NamedTuple):
    """Where type may stand: the page within its margins and within what the channel leaves free."""

    left: float
    top: float
    right: float
    bottom: float


class Stack(NamedTuple):
    """Blocks of type one under another, or the logo in a name's place."""

    blocks: tuple[Block, ...]
    top: float
    bottom: float
    mark: Mark | None = None

    @property
    def width(self) -> float:
        """How far its longest line reaches, in pixels."""
        return max(right - left for block in self.blocks for left, _, right, _ in block.boxes)


class Sheet:
    """One page while a template fills it. `u` is the page's own unit: type and margins are multiples of it."""

    def __init__(
        self,
        size: tuple[int, int],
        words: Any,
        look: Any,
        scheme: Scheme,
        painted: bool,
        safe: Insets = NOTHING,
        logo: Logo | None = None,
    ) -> None:
        self.width, self.height = size
        self.wide = self.width > 1.2 * self.height
        self.u = max((self.width * self.height) ** 0.5 / 100, self.width / 125)
        self.margin = round(6.6 * self.u)
        self.words, self.look, self.scheme, self.painted, self.logo = words, look, scheme, painted, logo
        self.mirrored = rightward(words.headline, words.language)
        left, right = (safe.right, safe.left) if self.mirrored else (safe.left, safe.right)
        air = 2.4 * self.u
        self.edges = Edges(
            max(self.margin, left + air),
            max(self.margin, safe.top + air),
            self.width - max(self.margin, right + air),
            self.height - max(self.margin, safe.bottom + air + (4.4 * self.u if painted and words.label else 0)),
        )
        self.floor = self.height - max(
            2.2 * self.u, safe.bottom + air if safe.bottom else 0
        )  # a label stands on it
        self.placed: list[Block] = []
        self.marks: list[Mark] = []

    def stack(
        self,
        items: Sequence[Item],
        left: float,
        width: float,
        *,
        top: float | None = None,
        bottom: float = 0.0,
        right: float | None = None,
        room: float = 0.0,
    ) -> Stack:
        """Place `items` one under another from `top` down, or so that the last baseline is at `bottom`.

        An item gives text, size, least (size) and lines, and may give weight, tracking, leading and gap (the space
        above it). One without a height of its own gets what the others leave of `room`. Lines end at `right`,
        where it is given.

        Raises:
            ImageError: A text doesn't fit its height at any readable size.
        """
        blocks = self._heap(items, left, width, room)
        down = top if top is not None else bottom - blocks[-1].bottom
        moved = tuple(self._turned(_moved(block, down, right), left, right) for block in blocks)
        self.placed.extend(moved)
        return Stack(moved, moved[0].top, moved[-1].bottom)

    def label(self) -> Block:
        """Place the label that says AI painted the backdrop: one line below all other type.

        India's IT Rules ask for a prominent label and New York for a conspicuous one; neither names a size now.
        """
        item = {"text": self.words.label, "size": 2.6 * self.u, "least": 2.1 * self.u, "lines": 1, "weight": 700}
        block = self._set(item, self.edges.left, self.edges.right - self.edges.left, 5 * self.u)
        moved = _moved(block, self.floor - block.bottom, None)
        self.placed.append(moved)
        return moved

    def signed(
        self, item: Item, left: float, width: float, *, top: float | None = None, bottom: float = 0.0
    ) -> Stack:
        """Place the brand: its logo where there is one, else its name as `item` says."""
        if self.logo is None:
            return self.stack([item], left, width, top=top, bottom=bottom)
        wide, high = self.logo.fitted(min(width, 30 * self.u), 8 * self.u)
        y = top if top is not None else bottom - high
        mark = self.logo.placed(self.width - left - wide if self.mirrored else left, y, wide, high, self.scheme)
        self.marks.append(mark)
        return Stack((), y, y + high, mark)

    def even(self, items: Sequence[Item], width: float) -> list[Item]:
        """Return `items` with the one size at which each of them fits."""
        sizes = [self._fitted(item, width, item["height"])[1] for item in items]
        return [dict(item, size=min(sizes), least=min(item["least"], min(sizes))) for item in items]

    def sign(self, text: str, x: float, y: float, w: float, h: float) -> Block:
        """Return a sign that fills much of a box: it decorates, and is no word of the card's."""
        style = Style(language=self.words.language)
        block = set_block(text, (text,), 100.0, 0.0, 0.0, style)
        left, top, right, bottom = block.boxes[0]
        size = 100.0 * min(0.7 * w / (right - left), 0.78 * h / (bottom - top))
        block = set_block(text, (text,), size, 0.0, 0.0, style)
        left, top, right, bottom = block.boxes[0]
        middle = self.across(x, w) + (w - right + left) / 2 - left
        line = block.lines[0].model_copy(
            update={"x": block.lines[0].x + middle, "y": block.lines[0].y + y + (h - bottom + top) / 2 - top}
        )
        return block.model_copy(update={"lines": (line,)})

    def facing(self) -> Scheme:
        """Return the scheme of a panel beside the words."""
        return facing(self.scheme, self.look.seed)

    def across(self, x: float, width: float) -> float:
        """Return where a box of `width` that the template has at `x` begins on the page."""
        return self.width - x - width if self.mirrored else x

    def _heap(self, items: Sequence[Item], left: float, width: float, room: float) -> list[Block]:
        fixed = [self._set(item, left, width, item["height"]) for item in items if "height" in item]
        taken = sum(block.bottom - block.top for block in fixed) + sum(
            1.2 * item.get("gap", 0.0) for item in items[1:]
        )
        waiting = iter(fixed)
        heap: list[Block] = []
        y = 0.0
        for item in items:
            block = next(waiting) if "height" in item else self._set(item, left, width, room - taken)
            gap = item.get("gap", 0.0)
            heap.append(_moved(block, y + max(gap, heap[-1].tail + gap / 2) if heap else 0.0, None))
            y = heap[-1].bottom
        return heap

    def _turned(self, block: Block, left: float, right: float | None) -> Block:
        """Return a block as the page has it: a mirrored line ends where the template's begins."""
        if not self.mirrored:
            return block
        lines = []
        for line, (ink, _, end, _) in zip(block.lines, block.boxes, strict=True):
            shift = self.width - left - end if right is None else self.width - right - ink
            lines.append(line.model_copy(update={"x": round(line.x + shift, 2)}))
        return block.model_copy(update={"lines": tuple(lines)})

    def art(self, x: float, y: float, w: float, h: float, panel: bool = False) -> list[Shape]:
        """Return this card's ornament for a box; nothing for a box too small to hold one.

        A `panel` has a ground of its own, and so does every ornament that the box would cut.
        """
        if min(w, h) < 8 * self.u:
            return []
        free = not panel and self.look.ornament in (
            ornament.FREE | (ornament.SPANNING if w >= self.width else set())
        )
        scheme = self.scheme if free else facing(self.scheme, self.look.seed)
        ground = [] if free else [Shape(f"M{x} {y}h{w}v{h}h{-w}z", scheme.ground)]
        return ground + ornament.draw(self.look.ornament, Box(x, y, w, h), scheme, self.look.seed)

    def _set(self, item: Item, left: float, width: float, height: float) -> Block:
        lines, size = self._fitted(item, width, height)
        return set_block(item["text"], lines, size, left, 0.0, self._style(item))

    def _fitted(self, item: Item, width: float, height: float) -> tuple[tuple[str, ...], float]:
        style = self._style(item)
        return fitted(item["text"], width, height, item["size"], item["least"], item["lines"], style)

    def _style(self, item: Item) -> Style:
        return Style(
            weight=item.get("weight", 900),
            tracking=item.get("tracking", 0.0),
            leading=item.get("leading", 1.2),
            language=self.words.language,
            rightward=rightward(item["text"], self.words.language),
        ).suited(item["text"])


def _moved(block: Block, down: float, right: float | None) -> Block:
    """Return a block further down, its lines' ink ending at `right` where that is given."""
    lines = tuple(
        line.model_copy(
            update={
                "y": round(line.y + down, 2),
                "x": line.x if right is None else round(line.x + right - box[2], 2),
            }
        )
        for line, box in zip(block.lines, block.boxes, strict=True)
    )
    return block.model_copy(update={"lines": lines, "top": block.top + down, "bottom": block.bottom + down})
