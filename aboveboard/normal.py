"""Text made plain for patterns to meet: folded, unadorned, and every place in it traceable to the original."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

QUOTES = dict.fromkeys("‘’‚‛′`´ʼ‹›", "'") | dict.fromkeys("“”„‟″«»", '"')
DASHES = dict.fromkeys("‐‑‒–—―−﹘﹣-", "-")
PLAIN = QUOTES | DASHES
# Variation selectors, the grapheme joiner and the keycap ring count as marks, yet they show no letter.
UNSEEN_MARKS = frozenset([chr(mark) for mark in range(0xFE00, 0xFE10)] + ["\u034f", "\u20e3"])
SENTENCE_END = re.compile(r"(?<=[!?…])[\"'»”’)\]]*\s+|(?<!\d)\.[\"'»”’)\]]*\s+|\s*\n\s*")


@dataclass(frozen=True)
class Normalised:
    """`text` as patterns meet it; character i of it stands for `original[starts[i]:ends[i]]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the stretch of the original, in code points, behind `text[start:end]` (not empty)."""
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=2048)
def normalise(text: str) -> Normalised:
    """Return `text` in NFKC case folding, with plain quotes and dashes, single spaces and nothing invisible.

    Source: Unicode Standard Annex 15 (normalization forms) and section 3.13 (toNFKC_Casefold).
    """
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        for letter in _plain(text[start:end]):
            if letter == " " and letters and letters[-1] == " ":
                ends[-1] = end
                continue
            letters.append(letter)
            starts.append(start)
            ends.append(end)
    return Normalised("".join(letters), tuple(starts), tuple(ends))


def fold(text: str) -> str:
    """Return only the text of `normalise(text)`."""
    return normalise(text).text


@lru_cache(maxsize=512)
def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return where the sentences of `text` begin and end; a line break ends one, the dot of "6. Dezember" not."""
    cuts = [match.end() for match in SENTENCE_END.finditer(text)]
    edges = [0, *(cut for cut in cuts if cut < len(text)), len(text)]
    return tuple(zip(edges, edges[1:], strict=False))


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the sentence, or sentences, that `text[start:end]` stands in."""
    touched = [(a, b) for a, b in sentences(text) if a < end and start < b]
    return (touched[0][0], touched[-1][1]) if touched else (start, end)


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    # A letter and its combining marks fold as one, or "e" + acute would never become "é".
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not unicodedata.combining(text[place]):
            if start < place:
                yield start, place
            start = place


@lru_cache(maxsize=8192)
def _plain(cluster: str) -> str:
    seen = "".join(PLAIN.get(letter, letter) for letter in cluster if _visible(letter))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    return "".join(" " if letter.isspace() else letter for letter in folded)


def _visible(letter: str) -> bool:
    if letter in UNSEEN_MARKS:
        return False
    return letter.isspace() or unicodedata.category(letter) not in ("Cf", "Cc")
