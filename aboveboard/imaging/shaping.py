"""Shaping: a line of text as placed glyphs, by HarfBuzz, in the order the Unicode Bidirectional Algorithm gives.

What is measured here is what is drawn, outline for outline: the renderer sets no type of its own.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import uharfbuzz as harfbuzz
from bidi import algorithm as bidi
from fontTools.pens.svgPathPen import SVGPathPen

from aboveboard.imaging.fonts import FACES, Face, opened, runs

RIGHT_TO_LEFT = {"ar", "fa", "he", "ur", "yi", "ps", "ckb", "dv"}


Ink = tuple[float, float, float, float]  # left, top, right, bottom; upwards from the baseline


class Glyph(NamedTuple):
    """One outline (an SVG path, y upwards, `scale` units an em), its origin and ink on the line, in ems."""

    path: str
    x: float
    y: float
    scale: int
    ink: Ink


class Shaped(NamedTuple):
    """A line in ems: how wide it sets, and how far its ink reaches left, right, above and below its origin."""

    glyphs: tuple[Glyph, ...]
    width: float
    left: float
    right: float
    above: float
    below: float


def rightward(text: str, language: str) -> bool:
    """Return whether a paragraph is read from right to left: by its first letter, or its language if that helps.

    A paragraph that has no letter of such a language stays as it is: "Open in March." on an Arabic page.
    """
    strong = {unicodedata.bidirectional(character) for character in text} & {"L", "R", "AL"}
    return bool(bidi.get_base_level(text)) or (language in RIGHT_TO_LEFT and strong != {"L"})


@lru_cache(maxsize=8192)
def shaped(text: str, weight: int, tracking: float, language: str, right_to_left: bool) -> Shaped:
    """Return `text` set on one line, kerned, with `tracking` ems between letters that may be tracked."""
    placed: list[Glyph] = []
    pen, face = 0.0, FACES[0]
    for face, piece, backwards in _visual(text, right_to_left):
        font, scale = opened(face, weight), opened(face, weight).face.upem
        infos, positions = _shape(face, font, piece, language, backwards)
        for info, position in zip(infos, positions, strict=True):
            x, y = pen + position.x_offset / scale, position.y_offset / scale
            path, (left, top, right, bottom) = _outline(face, weight, info.codepoint)
            if path:
                ink = (x + left / scale, y + top / scale, x + right / scale, y + bottom / scale)
                placed.append(Glyph(path, round(x, 5), round(y, 5), scale, ink))
            pen += position.x_advance / scale
            pen += tracking if face.tracks and position.x_advance else 0.0
    lefts, tops, rights, bottoms = zip(*[glyph.ink for glyph in placed] or [(0.0, 0.0, pen, 0.0)], strict=True)
    spare = tracking if text and face.tracks else 0.0
    return Shaped(tuple(placed), max(0.0, pen - spare), min(lefts), max(rights), max(tops), -min(bottoms))


def _shape(face: Face, font: harfbuzz.Font, piece: str, language: str, backwards: bool):  # type: ignore[no-untyped-def]
    buffer = harfbuzz.Buffer()
    buffer.add_str(piece)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if backwards else "ltr"
    buffer.language = language
    harfbuzz.shape(font, buffer, {"liga": not face.tracks, "kern": True})
    return buffer.glyph_infos, buffer.glyph_positions


@lru_cache(maxsize=4096)
def _outline(face: Face, weight: int, glyph: int) -> tuple[str, tuple[int, int, int, int]]:
    font, pen = opened(face, weight), SVGPathPen(None)
    font.draw_glyph_with_pen(glyph, pen)
    extents = font.get_glyph_extents(glyph)
    if extents is None:
        return "", (0, 0, 0, 0)
    left, top = extents.x_bearing, extents.y_bearing
    return pen.getCommands(), (left, top, left + extents.width, top + extents.height)


def _visual(text: str, right_to_left: bool) -> Iterator[tuple[Face, str, bool]]:
    """Yield the pieces of `text` from left to right as they are seen: each of one face and one direction."""
    pieces: list[tuple[Face, str, int]] = []
    for level, group in groupby(zip(text, _levels(text, right_to_left), strict=True), key=lambda pair: pair[1]):
        pieces.extend((face, piece, level) for face, piece in runs("".join(character for character, _ in group)))
    for least in range(max((level for *_, level in pieces), default=0), 0, -1):  # rule L2 of UAX 9
        ordered: list[tuple[Face, str, int]] = []
        for high, stretch in groupby(pieces, key=lambda piece: piece[2] >= least):
            found = list(stretch)
            ordered.extend(reversed(found) if high else found)
        pieces = ordered
    for face, piece, level in pieces:
        yield face, piece, bool(level % 2)


def _levels(text: str, right_to_left: bool) -> list[int]:
    """Return each character's embedding level. Text comes here cleaned: it holds no control of direction."""
    if text.isascii() and not right_to_left:
        return [0] * len(text)
    storage = bidi.get_empty_storage()
    storage["base_level"], storage["base_dir"] = int(right_to_left), "LR"[right_to_left]
    bidi.get_embedding_levels(text, storage)
    bidi.explicit_embed_and_overrides(storage)
    bidi.resolve_weak_types(storage)
    bidi.resolve_neutral_types(storage, False)
    bidi.resolve_implicit_levels(storage, False)
    return [character["level"] for character in storage["chars"]]
