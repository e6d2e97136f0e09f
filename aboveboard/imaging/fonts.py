"""The one typeface of the cards, Lato (SIL Open Font License 1.1), and what it can draw: never a system font."""

import re
import unicodedata
from functools import cache, lru_cache

from font_lato import font_files
from fontTools.ttLib import TTFont
from PIL import ImageFont

from aboveboard.errors import ImageError

FILES = {400: "Lato", 700: "LatoBold", 900: "LatoBlack"}
CAP_HEIGHT = 0.73  # of the em, as in Lato's OS/2 table
NOTHING_TO_DRAW = ("So", "Sk", "Cf", "Cc", "Co", "Cs", "Cn")  # emoji, their modifiers, controls, unassigned
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


def font_paths() -> list[str]:
    """Return the files of every weight the cards use."""
    return [font_files[name] for name in FILES.values()]


@cache
def drawable() -> frozenset[int]:
    """Return the code points that every weight has a glyph for."""
    maps = [TTFont(path, lazy=True).getBestCmap() for path in font_paths()]
    return frozenset.intersection(*(frozenset(points) for points in maps))


def clean(text: str) -> str:
    """Return `text` as it can be drawn: emoji and controls dropped, a few signs replaced, apostrophes curled.

    Raises:
        ImageError: A letter, figure or sign has no glyph; leaving it out would change the words.
    """
    text = unicodedata.normalize("NFC", text)
    text = "".join(STAND_INS.get(character, character) for character in text)
    kept = "".join(" " if character in "\n\r\t" else character for character in text if not _droppable(character))
    missing = sorted({character for character in kept if ord(character) not in drawable()})
    if missing:
        named = ", ".join(f"{character} (U+{ord(character):04X})" for character in missing[:8])
        raise ImageError(
            f"The card's typeface has no glyph for {named}, in {text[:60]!r}. "
            "Write the headline in Latin letters, or let this slot go without a picture."
        )
    kept = re.sub(r"(?<=\w)'(?=\w)", "’", kept)
    return re.sub(r" +", " ", kept).strip()


def _droppable(character: str) -> bool:
    if character in "\n\r\t" or ord(character) in drawable():
        return False
    joins_emoji = "\ufe00" <= character <= "\ufe0f" or character == "\u20e3"
    return joins_emoji or unicodedata.category(character) in NOTHING_TO_DRAW


@cache
def _face(weight: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_files[FILES[weight]], 1000, layout_engine=ImageFont.Layout.RAQM)


@lru_cache(maxsize=8192)
def width_of(text: str, weight: int, tracking: float) -> float:
    """Return how wide `text` sets, in ems, kerned, with `tracking` ems between letters."""
    return _face(weight).getlength(text, features=["-liga"]) / 1000 + tracking * max(0, len(text) - 1)


@cache
def bearing(character: str, weight: int) -> float:
    """Return how far inside its own space a character's ink begins, in ems: large type is hung by it."""
    return _face(weight).getbbox(character)[0] / 1000


@lru_cache(maxsize=1024)
def reach(text: str, weight: int) -> tuple[float, float]:
    """Return how far the ink of `text` reaches above and below its baseline, in ems."""
    _, top, _, bottom = _face(weight).getbbox(text, anchor="ls")
    return -top / 1000, max(0.0, bottom / 1000)
