"""What a card template works with: the page's measures, its words, and the placing of type and art.

Whatever a template places is remembered, so that the card can say which words it bears and measure each line.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aboveboard.imaging import ornament
from aboveboard.imaging.colour import Scheme, facing
from aboveboard.imaging.ornament import Box, Shape
from aboveboard.imaging.typeset import Block, Style, fitted, set_block

Item = Mapping[str, Any]


class Stack(NamedTuple):
    """Blocks of type one under another."""

    blocks: tuple[Block, ...]
    top: float
    bottom: float


class Sheet:
    """One page while a template fills it. `u` is the page's own unit: type and margins are multiples of it."""

    def __init__(self, size: tuple[int, int], words: Any, look: Any, scheme: Scheme, painted: bool) -> None:
        self.width, self.height = size
        self.wide = self.width > 1.2 * self.height
        self.u = max((self.width * self.height) ** 0.5 / 100, self.width / 125)
        self.margin = round(6.6 * self.u)
        self.words, self.look, self.scheme, self.painted = words, look, scheme, painted
        self.placed: list[Block] = []

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
        moved = tuple(_moved(block, down, right) for block in blocks)
        self.placed.extend(moved)
        return Stack(moved, moved[0].top, moved[-1].bottom)

    def label(self) -> Block:
        """Place the label that says AI painted the backdrop: one line in the lower margin, below all other type.

        India's IT Rules ask for a prominent label and New York for a conspicuous one; neither names a size now.
        """
        item = {"text": self.words.label, "size": 2.6 * self.u, "least": 2.1 * self.u, "lines": 1, "weight": 700}
        block = self._set(item, self.margin, self.width - 2 * self.margin, 5 * self.u)
        moved = _moved(block, self.height - 2.2 * self.u - block.bottom, None)
        self.placed.append(moved)
        return moved

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
        style = Style(
            weight=item.get("weight", 900),
            tracking=item.get("tracking", 0.0),
            leading=item.get("leading", 1.2),
            language=self.words.language,
        )
        lines, size = fitted(item["text"], width, height, item["size"], item["least"], item["lines"], style)
        return set_block(item["text"], lines, size, left, 0.0, style)


def _moved(block: Block, down: float, right: float | None) -> Block:
    lines = tuple(
        line.model_copy(
            update={"y": round(line.y + down, 2), "x": line.x if right is None else round(right - line.width, 2)}
        )
        for line in block.lines
    )
    return block.model_copy(update={"lines": lines, "top": block.top + down, "bottom": block.bottom + down})
