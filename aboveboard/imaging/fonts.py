"""The typefaces of the cards, all under the SIL Open Font License 1.1, and what they draw: never a system font.

Lato sets Latin; Noto Sans, Heebo and Noto Sans CJK set what it has no letters for. Each comes unchanged from its
makers, in a package of its own.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

import uharfbuzz as harfbuzz
from font_lato import font_files

from aboveboard.errors import ImageError

CAP_HEIGHT = 0.73  # of the em, as in Lato's OS/2 table
NOTHING_TO_DRAW = ("So", "Sk", "Cf", "Cc", "Co", "Cs", "Cn")  # emoji, their modifiers, controls, unassigned
JOINERS = re.compile(
    r"(?<![\u0600-\u06ff\u0900-\u097f])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u06ff\u0900-\u097f])"
)
STAND_INS = {
    "\u2010": "-",
    "\u2011": "-",
    "\u2002": " ",
    "\u2009": "\u00a0",
    "\u202f": "\u00a0",
    "\u2028": " ",
    "→": "›",
    "⟶": "›",
    "ẞ": "SS",
    "₹": "INR ",
    "₺": "TRY ",
}


class Face(NamedTuple):
    """One typeface; its letters want `rise` above the baseline and `leading` between lines, in ems."""

    name: str
    package: str  # "" where its weights are files of their own, in Lato's package
    file: str = ""
    rise: float = CAP_HEIGHT
    leading: float = 0.0
    tracks: bool = True  # whether letters may be set closer or wider; joined ones may not


FACES = (
    Face("Lato", ""),
    Face("Heebo", "fontpkg_heebo", "Heebo[wght].ttf", 0.76, 1.16),
    Face("Noto Sans Arabic", "fontpkg_noto_sans_arabic", "NotoSansArabic[wdth,wght].ttf", 0.86, 1.4, False),
    Face(
        "Noto Sans Devanagari",
        "fontpkg_noto_sans_devanagari",
        "NotoSansDevanagari[wdth,wght].ttf",
        0.94,
        1.4,
        False,
    ),
    Face("Noto Sans Thai", "fontpkg_noto_sans_thai", "NotoSansThai[wdth,wght].ttf", 1.02, 1.44, False),
    Face("Noto Sans", "fontpkg_noto_sans", "NotoSans[wdth,wght].ttf"),
    Face("Noto Sans CJK", "noto_cjk_sans_jp_bold", "NotoSansCJKjp-Bold.otf", 0.86, 1.26),
)
LATO = {400: "Lato", 700: "LatoBold", 900: "LatoBlack"}


@cache
def opened(face: Face, weight: int) -> harfbuzz.Font:
    """Return a face at a weight (as in CSS), ready to shape with; a face of one weight has that for all."""
    path = _path(face) if face.package else font_files[LATO[weight]]
    font = harfbuzz.Font(harfbuzz.Face(harfbuzz.Blob.from_file_path(str(path))))
    if any(axis.tag == "wght" for axis in font.face.axis_infos):
        font.set_variations({"wght": float(weight)})
    return font


def _path(face: Face) -> Traversable:
    folder = files(face.package)
    return folder / face.file if (folder / face.file).is_file() else folder / "files" / face.file


@cache
def drawn_by(character: str) -> Face | None:
    """Return the first face with a glyph for `character`; None if there is none."""
    return next((face for face in FACES if draws(face, character)), None)


@cache
def draws(face: Face, character: str) -> bool:
    """Return whether `face` has a glyph for `character`."""
    return bool(opened(face, 700).get_nominal_glyph(ord(character)))


def runs(text: str) -> Iterator[tuple[Face, str]]:
    """Yield `text` in pieces of one face each; marks, spaces, figures and signs stay with the letters before them.

    Raises:
        ImageError: No face draws a character.
    """
    start, face = 0, _first_face(text)
    for at, character in enumerate(text):
        if not character.isalpha() and draws(face, character):
            continue
        other = drawn_by(character)
        if other is None:
            raise ImageError(_missing([character], text))
        if other != face:
            if at > start:
                yield face, text[start:at]
            start, face = at, other
    if text[start:]:
        yield face, text[start:]


def _first_face(text: str) -> Face:
    letter = next((character for character in text if character.isalpha()), "a")
    return drawn_by(letter) or FACES[0]


@lru_cache(maxsize=1024)
def needs(text: str) -> tuple[float, float]:
    """Return how high the letters of `text` rise, and the least leading they want, both in ems."""
    faces = {face for face, _ in runs(text)} or {FACES[0]}
    return max(face.rise for face in faces), max(face.leading for face in faces)


def clean(text: str) -> str:
    """Return `text` as it can be drawn: emoji and controls dropped, a few signs replaced, apostrophes curled.

    Raises:
        ImageError: A letter, figure or sign has no glyph; leaving it out would change the words.
    """
    text = unicodedata.normalize("NFC", text)
    text = "".join(STAND_INS.get(character, character) for character in text)
    kept = "".join(" " if character in "\n\r\t" else character for character in text if not _droppable(character))
    kept = JOINERS.sub("", kept)
    missing = sorted({character for character in kept if drawn_by(character) is None})
    if missing:
        raise ImageError(_missing(missing, kept))
    kept = re.sub(r"(?<=\w)'(?=\w)", "’", kept)
    return re.sub(r" +", " ", kept).strip()


def _missing(characters: list[str], text: str) -> str:
    named = ", ".join(f"{character} (U+{ord(character):04X})" for character in characters[:8])
    return (
        f"The cards' typefaces have no glyph for {named}, in {text[:60]!r}. "
        "Write the headline in Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Thai, Chinese, Japanese or "
        "Korean letters, or let this slot go without a picture."
    )


def _droppable(character: str) -> bool:
    if character in "\n\r\t\u200c\u200d" or draws(FACES[0], character):
        return False
    joins_emoji = "\ufe00" <= character <= "\ufe0f" or character == "\u20e3"
    return joins_emoji or unicodedata.category(character) in NOTHING_TO_DRAW
