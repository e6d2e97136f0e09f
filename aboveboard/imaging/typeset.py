"""Typesetting: lines broken so that they balance, at the largest size that fits. No word is ever cut.

All widths here are in ems until a size is chosen; boxes and blocks are in pixels.
"""

import math
from functools import cache, lru_cache
from typing import NamedTuple

import budoux
import pyphen
import regex
from pydantic import BaseModel, ConfigDict

from aboveboard.errors import ImageError
from aboveboard.imaging.fonts import CAP_HEIGHT, needs
from aboveboard.imaging.shaping import Glyph, Shaped, shaped

PAUSES = ".,:;!?–—"
STEP = 0.96  # each size tried is this much of the one before
WORTH = 0.7  # smaller sizes than this share of the largest are not tried for the sake of better breaks
UNSPACED = {  # scripts that write no spaces
    "thai": regex.compile(r"\p{Script=Thai}"),
    "kana": regex.compile(r"[\p{Script=Hiragana}\p{Script=Katakana}]"),
    "han": regex.compile(r"\p{Script=Han}"),
}
UNHYPHENED = regex.compile(
    r"[\p{Script=Thai}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}\p{Script=Hangul}"
    r"\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Devanagari}]"
)
OPENING = "「『（《〈【“‘("  # may not end a line (JIS X 4051)
CLOSING = "、。，．・：；？！」』）》〉】”’ー々ゃゅょっャュョッぁぃぅぇぉァィゥェォ)!?.,:;"  # may not begin one
SMALLEST = 17.0  # pixels; below this nobody reads a card on a phone
LEANING = {  # words that lean on the next one: a line that ends with them reads badly
    "en": "a an the of to in on at for and or by with from your our its is no".split(),
    "de": "der die das den dem ein eine einen und oder in im am an auf bei mit von vom zu zum zur für ist".split(),
    "es": "el la los las un una de del al a en y o con por para su sus tu tus es que".split(),
}


class NoRoomError(ImageError):
    """A text that its place can't hold at any size that can be read."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Style(Frozen):
    """How a text is set: weight as in CSS, tracking, leading and `rise`, the height of a first line, in ems."""

    weight: int = 900
    tracking: float = 0.0
    leading: float = 1.2
    language: str = "en"
    rise: float = CAP_HEIGHT
    rightward: bool = False  # read from right to left

    def suited(self, text: str) -> "Style":
        """Return this style with the height and the leading that the letters of `text` want."""
        rise, leading = needs(text)
        return self.model_copy(update={"rise": rise, "leading": max(self.leading, leading)})


class Line(Frozen):
    text: str
    x: float  # where its first glyph's origin stands
    y: float  # baseline
    width: float  # from the left edge of its ink to the right edge


class Block(Frozen):
    """Lines set at one size. `top` is the first line's cap height, `bottom` the last line's baseline."""

    lines: tuple[Line, ...]
    style: Style
    size: float
    top: float
    bottom: float
    text: str  # the words before they were broken into lines

    @property
    def tail(self) -> float:
        """How far the last line reaches below its baseline: a comma or a dollar sign set huge needs room."""
        return max(0.0, _set(self.lines[-1].text, self.style).below) * self.size

    @property
    def boxes(self) -> tuple[tuple[float, float, float, float], ...]:
        """Left, top, right and bottom of each line's ink."""
        found = []
        for line in self.lines:
            ink = _set(line.text, self.style)
            left, right = line.x + ink.left * self.size, line.x + ink.right * self.size
            found.append((left, line.y - ink.above * self.size, right, line.y + ink.below * self.size))
        return tuple(found)

    @property
    def glyph_boxes(self) -> tuple[tuple[float, float, float, float], ...]:
        """Left, top, right and bottom of each glyph's ink."""
        return tuple(
            (
                line.x + left * self.size,
                line.y - top * self.size,
                line.x + right * self.size,
                line.y - bottom * self.size,
            )
            for line in self.lines
            for left, top, right, bottom in (glyph.ink for glyph in self.glyphs(line))
        )

    def glyphs(self, line: Line) -> tuple[Glyph, ...]:
        """Return the outlines of one of its lines, for a template to draw."""
        return _set(line.text, self.style).glyphs


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
    whole, parts = pieces(text, style.language), None
    for bottom in (least, SMALLEST):
        found = _largest(whole, width, height, size, bottom, lines, style)
        if found is None:
            parts = parts or syllables(whole, style.language)
            found = _largest(parts, width, height, size, bottom, lines + 2, style)
        if found:
            return found
    raise NoRoomError(
        f"{len(text)} characters are too many for the card: {text[:60]!r} does not fit at {SMALLEST:.0f} pixels. "
        "Ask for a shorter headline."
    )


def set_block(text: str, lines: tuple[str, ...], size: float, left: float, top: float, style: Style) -> Block:
    """Return `lines` placed with their ink's left edge at `left` and the first line's height at `top`."""
    first = top + style.rise * size
    placed = tuple(
        Line(
            text=line,
            x=round(left - (ink := _set(line, style)).left * size, 2),
            y=round(first + number * style.leading * size, 2),
            width=math.ceil((ink.right - ink.left) * size),
        )
        for number, line in enumerate(lines)
    )
    return Block(lines=placed, style=style, size=round(size, 2), top=top, bottom=placed[-1].y, text=text)


def _set(line: str, style: Style) -> Shaped:
    return shaped(line, style.weight, style.tracking, style.language, style.rightward)


def _width(line: str, style: Style) -> float:
    found = _set(line, style)
    return max(found.width, found.right - min(0.0, found.left))


def pieces(text: str, language: str = "en") -> tuple[Piece, ...]:
    """Return where `text` may break: at spaces, after a hyphen, dash or slash between letters, between phrases.

    Chinese, Japanese and Thai write no spaces: there BudouX knows the phrases.
    """
    found: list[Piece] = []
    for word in _bound(text).split(" "):
        start = 0
        for at in range(1, len(word) - 2):
            if word[at] in "-–—/" and word[at - 1].isalpha() and word[at + 1].isalpha():
                found.extend(_phrases(word[start : at + 1], language))
                start = at + 1
        found.extend(_phrases(word[start:], language))
        found[-1] = found[-1]._replace(joint=" ")
    return tuple(found)


def _phrases(word: str, language: str) -> list[Piece]:
    script = next((name for name, letters in UNSPACED.items() if letters.search(word)), None)
    if script is None:
        return [Piece(word, "")]
    if script == "han" and language == "ja":
        script = "kana"
    return [Piece(phrase, "") for phrase in _parser(script).parse(word) if phrase] or [Piece(word, "")]


@cache
def _parser(script: str) -> budoux.Parser:
    return {
        "thai": budoux.load_default_thai_parser,
        "kana": budoux.load_default_japanese_parser,
        "han": budoux.load_default_simplified_chinese_parser,
    }[script]()


def syllables(whole: tuple[Piece, ...], language: str) -> tuple[Piece, ...]:
    """Return `whole` with its long words in syllables; where no dictionary knows any, in letters.

    Only alphabets with a hyphen get one; elsewhere a word that fits no line is parted between two letters.
    """
    known = _hyphenator(language)
    found: list[Piece] = []
    for piece in whole:
        hyphen = "" if UNHYPHENED.search(piece.text) else "-"
        if not hyphen:
            parts = _letters(piece.text)
        elif known and len(piece.text) > 6:
            parts = known.inserted(piece.text, "\u00ad").split("\u00ad")
        else:
            parts = [piece.text]
        if hyphen and max(map(len, parts)) > 14:
            parts = [part[at : at + 8] for part in parts for at in range(0, len(part), 8)]
        found.extend(Piece(part, "", "" if part.endswith(("-", "–", "—", "/")) else hyphen) for part in parts[:-1])
        found.append(piece._replace(text=parts[-1]))
    return tuple(found)


def _letters(word: str) -> list[str]:
    """Return the letters of `word`, each with the signs that may not begin a line, or end one."""
    return regex.findall(rf"[{OPENING}]*\X[{CLOSING}]*", word) or [word]


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
        room = int((height / size - style.rise) / style.leading) + 1 if height >= style.rise * size else 0
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
    widths = [_width(line, style) for line in lines]
    mean = sum(widths) / len(widths)
    ragged = math.sqrt(sum((width - mean) ** 2 for width in widths) / len(widths)) / mean
    pauses = sum(" ".join(lines).count(stop + " ") for stop in PAUSES)
    kept = sum(line.endswith(tuple(PAUSES)) for line in lines[:-1])
    leaning = sum(_leans(line.split(" ")[-1], style.language) for line in lines[:-1])
    tails = sum(line.split(" ")[0].endswith(tuple(PAUSES)) for line in lines[1:])
    return 0.35 * kept / max(1, pauses) - 1.4 * ragged - 0.07 * len(lines) - 0.08 * leaning - 0.2 * tails


def balanced(parts: tuple[Piece, ...], measure: float, style: Style) -> tuple[str, ...] | None:
    """Return the fewest lines that keep to `measure` ems, broken where they are least ragged; None if none do.

    The minimum-raggedness programme of Knuth and Plass, with every line counted: a short last line is a fault too.
    """
    widths = [_width(part.text, style) for part in parts]
    space = _width(" ", style) + 2 * style.tracking
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
    fits = all(_width(line, style) <= measure for line in lines)
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
