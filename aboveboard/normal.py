"""Text made plain for patterns to meet: folded, unadorned, and every place in it traceable to the original."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

QUOTES = dict.fromkeys("‘’‚‛′`´ʼ‹›", "'") | dict.fromkeys("“”„‟″«»", '"')
DASHES = dict.fromkeys("‐‑‒–—―−﹘﹣-", "-")
PLAIN = QUOTES | DASHES
# Variation selectors, the grapheme joiner and the keycap ring count as marks, yet they show no letter.
UNSEEN_MARKS = frozenset([chr(mark) for mark in range(0xFE00, 0xFE10)] + ["\u034f", "\u20e3"])
ASCII = re.compile(r"[ -~\n]+")  # each letter of it stands for itself, but for its case and the line break
SPACES = re.compile(r" {2,}")
LATIN = re.compile("[a-z\u00df-\u024f\u1e00-\u1eff]")
WORD = re.compile(r"[^\W\d_]+")
# Letters that may pose as Latin ones: phonetic letters and small capitals, Greek, Cyrillic and what comes after.
FOREIGN = re.compile("[\u0250-\u02af\u0370-\u03ff\u0400-\u1dff\u2c80-\u2dff\ua4d0-\uabff\U00010000-\U0001efff]")
SENTENCE_END = re.compile(r"(?<=[!?…])[\"'»”’)\]]*\s+|(?<!\d)\.[\"'»”’)\]]*\s+|\s*\n\s*")


@dataclass(frozen=True)
class Normalised:
    """`text` as patterns meet it; character i of it stands for `original[starts[i]:ends[i]]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the stretch of the original, in code points, behind `text[start:end]` (not empty)."""
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=2048)
def normalise(text: str) -> Normalised:
    """Return `text` in NFKC case folding, with plain quotes and dashes, single spaces and nothing invisible.

    A word that mixes Latin letters with look-alikes of other scripts is read as Latin; a word of one script stays.
    Sources: Unicode Standard Annex 15 (normalization forms) and section 3.13 (toNFKC_Casefold); Unicode Technical
    Standard 39, section 5.1 (mixed-script detection).
    """
    stretches = list(_stretches(text))
    letters = "".join(folded for _, _, folded in stretches)
    if all(len(folded) == end - start for start, end, folded in stretches):
        read = _one_space(letters, range(len(text)), range(1, len(text) + 1))
    else:
        starts: list[int] = []
        ends: list[int] = []
        for start, end, folded in stretches:
            alike = len(folded) == end - start
            starts += range(start, end) if alike else [start] * len(folded)
            ends += range(start + 1, end + 1) if alike else [end] * len(folded)
        read = _one_space(letters, tuple(starts), tuple(ends))
    return read if text.isascii() else replace(read, text=_unmixed(read.text))


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


def _stretches(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and folded letters, of many plain letters at once or of a letter with its marks."""
    # A letter and its combining marks fold as one, or "e" + acute would never become "é".
    place = 0
    while place < len(text):
        plain = ASCII.match(text, place)
        end = plain.end() if plain else place + 1
        if plain and _marks_end(text, end) > end:
            end -= 1
        if plain and end > place:
            yield place, end, text[place:end].lower().replace("\n", " ")
        else:
            end = _marks_end(text, place + 1)
            yield place, end, _plain(text[place:end])
        place = end


def _marks_end(text: str, place: int) -> int:
    """Return where the marks on the letter before `place` end, invisible signs that stand before one included."""
    end = at = place
    shown = _visible(text[place - 1])  # only a letter sees past invisible signs, or time would not be linear
    while at < len(text):
        marked = bool(unicodedata.combining(text[at]))
        if not marked and (not shown or _visible(text[at])):
            break
        at += 1
        end = at if marked else end
    return end


def _one_space(text: str, starts: Sequence[int], ends: Sequence[int]) -> Normalised:
    """Return the normal form with each run of spaces as one, which stands for the whole run."""
    if "  " not in text:
        return Normalised(text, starts, ends)
    kept_starts: list[int] = []
    kept_ends: list[int] = []
    done = 0
    for first, last in [run.span() for run in SPACES.finditer(text)]:
        kept_starts += starts[done : first + 1]
        kept_ends += [*ends[done:first], ends[last - 1]]
        done = last
    return Normalised(SPACES.sub(" ", text), (*kept_starts, *starts[done:]), (*kept_ends, *ends[done:]))


@lru_cache(maxsize=8192)
def _plain(cluster: str) -> str:
    seen = "".join(PLAIN.get(letter, letter) for letter in cluster if _visible(letter))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    if LATIN.match(folded):
        # What is left over after composition makes no letter of any language we read: it strikes it through.
        folded = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return "".join(" " if letter.isspace() else letter for letter in folded)


def _unmixed(text: str) -> str:
    return WORD.sub(lambda word: _latin(word.group()), text) if FOREIGN.search(text) else text


def _latin(word: str) -> str:
    """Return `word` in Latin letters if it mixes them with look-alikes, or is in small capitals; else as it is.

    Words of three letters and more, so that "µm" and "kΩ" stay units.
    """
    foreign = FOREIGN.findall(word)
    latin = all(unicodedata.name(letter, "").startswith("LATIN") for letter in foreign)
    if not foreign or not latin and not (len(word) > 2 and re.search("[a-z]", word)):
        return word
    read = [look_alike(letter) if letter in foreign else letter for letter in word]
    return "".join(read) if all(read) else word


@lru_cache(maxsize=4096)
def look_alike(letter: str) -> str:
    """Return the small Latin letter that `letter` looks like, or "".

    Source: the prototypes of Unicode Technical Standard 39, with small capitals and the near misses of Greek.
    """
    from disarm import normalize_confusables

    prototype = normalize_confusables(letter).lower()
    return prototype if len(prototype) == 1 and prototype.isascii() and prototype.isalpha() else ""


def _visible(letter: str) -> bool:
    if letter in UNSEEN_MARKS:
        return False
    return letter.isspace() or unicodedata.category(letter) not in ("Cf", "Cc")
