"""Typesetting: lines broken so that they balance, at the largest size that fits. No word is ever cut.

All widths here are in ems until a size is chosen; boxes and blocks are in pixels.
"""

import math
from functools import cache, lru_cache
from typing import NamedTuple

import pyphen
from pydantic import BaseModel, ConfigDict

from aboveboard.errors import ImageError
from aboveboard.imaging.fonts import CAP_HEIGHT, bearing, reach, width_of

PAUSES = ".,:;!?–—"
STEP = 0.96  # each size tried is this much of the one before
WORTH = 0.7  # smaller sizes than this share of the largest are not tried for the sake of better breaks
SMALLEST = 17.0  # pixels; below this nobody reads a card on a phone
LEANING = {  # words that lean on the next one: a line that ends with them reads badly
    "en": "a an the of to in on at for and or by with from your our its is no".split(),
    "de": "der die das den dem ein eine einen und oder in im am an auf bei mit von vom zu zum zur für ist".split(),
    "es": "el la los las un una de del al a en y o con por para su sus tu tus es que".split(),
}


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Style(Frozen):
    """How a text is set: weight as in CSS, tracking and leading in ems."""

    weight: int = 900
    tracking: float = 0.0
    leading: float = 1.2
    language: str = "en"


class Line(Frozen):
    text: str
    x: float  # left edge
    y: float  # baseline
    width: float


class Block(Frozen):
    """Lines set at one size. `top` is the first line's cap height, `bottom` the last line's baseline."""

    lines: tuple[Line, ...]
    style: Style
    size: float
    top: float
    bottom: float
    text: str  # the words before they were broken into lines

    @property
    def spacing(self) -> float:
        """Tracking in pixels. Never quite nothing: it keeps the renderer from ligatures, as when measuring."""
        return round(self.style.tracking * self.size, 3) or 0.001

    @property
    def tail(self) -> float:
        """How far the last line reaches below its baseline: a comma or a dollar sign set huge needs room."""
        return reach(self.lines[-1].text, self.style.weight)[1] * self.size

    @property
    def boxes(self) -> tuple[tuple[float, float, float, float], ...]:
        """Left, top, right and bottom of each line's ink."""
        found = []
        for line in self.lines:
            above, below = reach(line.text, self.style.weight)
            found.append((line.x, line.y - above * self.size, line.x + line.width, line.y + below * self.size))
        return tuple(found)


class Piece(NamedTuple):
    """The least that stays together on a line, and what stands between it and the next on the same line."""

    text: str
    joint: str  # " ", or "" after a hyphen or dash that is part of the word
    broken: str = ""  # what a line break after it adds: "-" inside a hyphenated word


@lru_cache(maxsize=512)
def fitted(
    text: str, width: float, height: float, size: float, least: float, lines: int, style: Style
) -> tuple[tuple[str, ...], float]:
    """Return `text` in balanced lines and the largest size up to `size` at which they fit `width` × `height`.

    Words are hyphenated only where the size would otherwise fall under `least`.

    Raises:
        ImageError: Not even the smallest readable size fits.
    """
    whole, parts = pieces(text), None
    for bottom in (least, SMALLEST):
        found = _largest(whole, width, height, size, bottom, lines, style)
        if found is None:
            parts = parts or syllables(whole, style.language)
            found = _largest(parts, width, height, size, bottom, lines + 2, style)
        if found:
            return found
    raise ImageError(
        f"{len(text)} characters are too many for the card: {text[:60]!r} does not fit at {SMALLEST:.0f} pixels. "
        "Ask for a shorter headline."
    )


def set_block(text: str, lines: tuple[str, ...], size: float, left: float, top: float, style: Style) -> Block:
    """Return `lines` placed with their left edge at `left` and the first line's cap height at `top`."""
    first = top + CAP_HEIGHT * size
    placed = tuple(
        Line(
            text=line,
            x=round(left - bearing(line[0], style.weight) * size, 2),
            y=round(first + number * style.leading * size, 2),
            width=math.ceil(width_of(line, style.weight, style.tracking) * size),
        )
        for number, line in enumerate(lines)
    )
    return Block(lines=placed, style=style, size=round(size, 2), top=top, bottom=placed[-1].y, text=text)


def pieces(text: str) -> tuple[Piece, ...]:
    """Return where `text` may break: at spaces, and after a hyphen, dash or slash between letters."""
    found: list[Piece] = []
    for word in _bound(text).split(" "):
        start = 0
        for at in range(1, len(word) - 2):
            if word[at] in "-–—/" and word[at - 1].isalpha() and word[at + 1].isalpha():
                found.append(Piece(word[start : at + 1], ""))
                start = at + 1
        found.append(Piece(word[start:], " "))
    return tuple(found)


def syllables(whole: tuple[Piece, ...], language: str) -> tuple[Piece, ...]:
    """Return `whole` with its long words in syllables; where no dictionary knows any, in letters."""
    known = _hyphenator(language)
    found: list[Piece] = []
    for piece in whole:
        parts = (
            known.inserted(piece.text, "\u00ad").split("\u00ad") if known and len(piece.text) > 6 else [piece.text]
        )
        if max(map(len, parts)) > 14:
            parts = [part[at : at + 8] for part in parts for at in range(0, len(part), 8)]
        found.extend(Piece(part, "", "" if part.endswith(("-", "–", "—", "/")) else "-") for part in parts[:-1])
        found.append(piece._replace(text=parts[-1]))
    return tuple(found)


@cache
def _hyphenator(language: str) -> pyphen.Pyphen | None:
    code = pyphen.language_fallback(language)
    return pyphen.Pyphen(lang=code, left=3, right=3) if code else None


def _bound(text: str) -> str:
    """Tie a figure to the short word after it ("14 April", "20 %"), as a typesetter would."""
    words = text.split(" ")
    bound = words[0]
    for before, word in zip(words, words[1:], strict=False):
        figure = before[:1].isdigit() and before[-1:].isdigit()
        bound += ("\u00a0" if figure and len(before) + len(word) < 12 else " ") + word
    return bound


def _largest(
    parts: tuple[Piece, ...], width: float, height: float, size: float, least: float, most: int, style: Style
) -> tuple[tuple[str, ...], float] | None:
    largest = 0.0
    tried: list[tuple[float, float, tuple[str, ...]]] = []
    while size >= least:
        room = int((height / size - CAP_HEIGHT) / style.leading) + 1 if height >= CAP_HEIGHT * size else 0
        lines = balanced(parts, width / size, style)
        if lines and len(lines) <= min(room, most):
            largest = largest or size
            tried.append((size / largest + _grace(lines, style), size, lines))
        if largest and size < WORTH * largest:
            break
        size *= STEP
    _, chosen, best = max(tried, default=(0.0, 0.0, ()))
    return (best, chosen) if best else None


def _grace(lines: tuple[str, ...], style: Style) -> float:
    """How well lines are broken, in the same coin as size: even, few, and ending where the sense does."""
    widths = [width_of(line, style.weight, style.tracking) for line in lines]
    mean = sum(widths) / len(widths)
    ragged = math.sqrt(sum((width - mean) ** 2 for width in widths) / len(widths)) / mean
    pauses = sum(" ".join(lines).count(stop + " ") for stop in PAUSES)
    kept = sum(line.endswith(tuple(PAUSES)) for line in lines[:-1])
    leaning = sum(_leans(line.split(" ")[-1], style.language) for line in lines[:-1])
    tails = sum(line.split(" ")[0].endswith(tuple(PAUSES)) for line in lines[1:])
    return 0.35 * kept / max(1, pauses) - ragged - 0.07 * len(lines) - 0.08 * leaning - 0.2 * tails


def balanced(parts: tuple[Piece, ...], measure: float, style: Style) -> tuple[str, ...] | None:
    """Return the fewest lines that keep to `measure` ems, broken where they are least ragged; None if none do.

    The minimum-raggedness programme of Knuth and Plass, with every line counted: a short last line is a fault too.
    """
    widths = [width_of(part.text, style.weight, style.tracking) for part in parts]
    space = width_of(" ", style.weight, style.tracking) + 2 * style.tracking
    if max(widths) > measure:
        return None
    target = min(measure, 1.04 * (sum(widths) + space * (len(parts) - 1)) / _fewest(parts, widths, space, measure))
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]  # lines so far, their cost, where the last line starts
    for end in range(1, len(parts) + 1):
        options = []
        run = -space
        for start in range(end - 1, -1, -1):
            run += widths[start] + (space if parts[start].joint or start == end - 1 else style.tracking)
            if run > measure:
                break
            cost = best[start][1] + (run - target) ** 2 + _fault(parts, start, end, target, style.language)
            options.append((best[start][0] + 1, cost, start))
        if not options:
            return None
        best.append(min(options))
    lines = _collect(parts, best)
    fits = all(width_of(line, style.weight, style.tracking) <= measure for line in lines)
    return lines if fits else None


def _fewest(parts: tuple[Piece, ...], widths: list[float], space: float, measure: float) -> int:
    count, run = 1, 0.0
    for part, width in zip(parts, widths, strict=True):
        if run and run + width > measure:
            count, run = count + 1, 0.0
        run += width + (space if part.joint else 0)
    return count


def _fault(parts: tuple[Piece, ...], start: int, end: int, target: float, language: str) -> float:
    """What a break after `end` costs: a leaning word at its end, a hyphen, or one short word left alone."""
    last = parts[end - 1]
    if end == len(parts):
        return (0.3 * target) ** 2 if start == end - 1 and start > 0 and len(last.text) < 5 else 0.0
    leaning, stop = _leans(last.text, language), last.text[-1:] in PAUSES
    return ((0.5 * leaning) ** 2 + (0.3 * bool(last.broken)) ** 2 - (0.35 * stop) ** 2) * target**2


def _leans(word: str, language: str) -> bool:
    return word.lower().strip("„“\"'¿¡(") in LEANING.get(language, ())


def _collect(parts: tuple[Piece, ...], best: list[tuple[int, float, int]]) -> tuple[str, ...]:
    lines: list[str] = []
    end = len(parts)
    while end:
        start = best[end][2]
        inner = "".join(part.text + part.joint for part in parts[start : end - 1])
        lines.append(inner + parts[end - 1].text + (parts[end - 1].broken if end < len(parts) else ""))
        end = start
    return tuple(reversed(lines))
