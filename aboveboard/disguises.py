"""Second readings of a text whose words wear a disguise: l3tters, s p a c e s, #hashtags, letters in boxes, emoji.

None of these is certain ("#together" is no "to get her"), so they never replace the plain reading: patterns are
met over each reading, and a reading can only add what a pattern meets. Most texts have no second one.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import re2

from aboveboard.normal import FOREIGN, WORD, Normalised, look_alike, normalise, sentence
from aboveboard.placeholders import UNITS, WORDS

# Signs that stand for letters by their shape; "1" and "!" are read first as one letter, then as the other.
LEET = str.maketrans("034578@$€", "oeastbase")
EITHER = ("1!|", "il")
SIGN = r"0134578@$€!|"
COUNTED = "|".join(["st|nd|rd|th|er|am|pm|uhr|x|k|p|ers?|fach", UNITS, *(w.units_of_time for w in WORDS.values())])
LETTER = "a-zß-öø-ÿ"
# A number with its unit, a short name with its number or a currency are what they look like; so is "4a".
PLAIN_SHAPES = re.compile(
    rf"\d[\d.,]*(?:{COUNTED}|[{LETTER}])|(?![a-z]+33$)(?:[{LETTER}]{{1,3}}[\d$€]|[{LETTER}]+\d{{2,}})"
)
LEET_WORD = re.compile(
    rf"(?<![\w@$€/.#!|])(?!@)(?=[{SIGN}]*[{LETTER}])(?=[{LETTER}]*[{SIGN}])"
    rf"[{LETTER}{SIGN}]*[{LETTER}0134578@$€](?![\w@/$€]|\.\w)"
)
TAG = re.compile(r"(?<![\w&/])#(\w*[^\W\d_]\w*)")
SEAM = re.compile(
    r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])|(?<=[A-Z])(?=[A-Z][a-zß-öø-ÿ])|(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])|_+"
)
SIGNS = ".·•*_~|/-"
APART = f" {SIGNS}"
ONE = r"[^\W_](?![\w'])"
SPELLED = re.compile(  # by spaces, "l a s t", or by one and the same sign, "L.A.S.T C.H.A.N.C.E"
    rf"(?<![\w'{SIGNS}])[^\W_](?:(?: {ONE}){{3,}}|(?P<sign>[{SIGNS}]| [{SIGNS}] )(?:{ONE}(?P=sign))+{ONE}"
    rf"(?: [^\W_](?:(?P=sign){ONE})+)*)(?![{SIGNS}]\w)"
)
BOXED = re.compile("[\U0001f150-\U0001f169\U0001f170-\U0001f189\U0001f1e6-\U0001f1ff]")
FLAGS = "[\U0001f1e6-\U0001f1ff]"  # two side by side are the flag of a country
BOXED_WORD = re.compile(
    rf"{FLAGS}(?: {FLAGS}){{2,}}|(?!{FLAGS}){BOXED.pattern}(?: ?(?!{FLAGS}){BOXED.pattern}){{2,}}"
)
# Emoji that are read aloud as a word of a cue; the words are those of their names in Unicode.
SPOKEN = {
    "\u23f0": "clock",
    "\u23f1": "clock",
    "\U0001f570": "clock",
    "\U0001f193": "free",
    "\U0001f195": "new",
    "\U0001f51a": "end",
    "\U0001f51c": "soon",
    "\U0001f4af": "100",
    "\U0001f51f": "10",
}
EMOJI = re.compile(f"[{''.join(SPOKEN)}]")
# What every text with a second reading has, and few others: one linear pass tells.
SPACED = re2.compile(rf"[0-9A-Za-z\x80-\x{{10ffff}}](?:(?: | ?[{SIGNS}] ?)[0-9A-Za-z\x80-\x{{10ffff}}]){{2}}")
HINT = re2.compile(
    rf"#[0-9A-Za-z_\x80-\x{{10ffff}}]|[{LETTER}][0134578@$€]|[013457$][{LETTER}]{{2}}|"
    rf"{FOREIGN.pattern}|{BOXED.pattern}|{EMOJI.pattern}"
)
Edit = tuple[int, int, str]


@dataclass(frozen=True)
class Reading:
    """One way to read a text; where `joined`, its words stand without the gaps between them."""

    plain: Normalised
    joined: bool = False


@lru_cache(maxsize=2048)
def readings(text: str) -> tuple[Reading, ...]:
    """Return the readings of `text`, the plain one first; each traces its letters to the text as written."""
    plain = normalise(text)
    data = plain.text.encode()
    if not HINT.search(data) and not (SPACED.search(data) and SPELLED.search(plain.text)):
        return (Reading(plain),)
    told = [Reading(plain)]
    for ones in EITHER[1]:
        bare = _unmasked(text, plain, ones)
        if bare.text != plain.text and all(bare.text != one.plain.text for one in told):
            told.append(Reading(_touched(text, plain, bare)))
    joined = _joined(plain)
    return (*told, Reading(joined, joined=True)) if joined.text else tuple(told)


def _unmasked(text: str, plain: Normalised, ones: str) -> Normalised:
    """Return `plain` with each disguised word as the word it plays; "1" is read as `ones`."""
    told = _edited(plain, [*_tags(text, plain), *_spoken(plain.text), *_boxed(plain.text)])
    told = _edited(told, list(_spelled(text, told)))
    return _edited(told, [*_leet(told.text, ones), *_posing(told.text)])


def _edited(plain: Normalised, edits: list[Edit]) -> Normalised:
    """Return `plain` with the stretches replaced; what is as long as before keeps each letter's place."""
    if not edits:
        return plain
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for start, end, words in sorted(edits):
        if start < done:
            continue
        letters += plain.text[done:start], words
        starts += plain.starts[done:start]
        ends += plain.ends[done:start]
        if len(words) == end - start:
            starts += plain.starts[start:end]
            ends += plain.ends[start:end]
        else:
            starts += [plain.starts[start]] * len(words)
            ends += [plain.ends[end - 1]] * len(words)
        done = end
    return Normalised(
        "".join([*letters, plain.text[done:]]), (*starts, *plain.starts[done:]), (*ends, *plain.ends[done:])
    )


def _tags(text: str, plain: Normalised) -> Iterator[Edit]:
    """Yield as words the hashtags with capitals, digits or "_" at their seams: "#LastChance", "#nur_noch"."""
    for tag in TAG.finditer(plain.text):
        start, end = plain.original(*tag.span())
        words = SEAM.sub(" ", text[start + 1 : end]).casefold()
        if " " in words and words.replace(" ", "") == tag[1].replace("_", ""):
            yield tag.start(), tag.end(), words


def _spoken(text: str) -> Iterator[Edit]:
    for emoji in EMOJI.finditer(text):
        before = "" if text[max(0, emoji.start() - 1) : emoji.start()] in " " else " "
        after = "" if text[emoji.end() : emoji.end() + 1] in " %" else " "
        yield *emoji.span(), f"{before}{SPOKEN[emoji.group()]}{after}"


def _boxed(text: str) -> Iterator[Edit]:
    """Yield words in letters that are drawn in boxes, circles or as halves of flags."""
    for word in BOXED_WORD.finditer(text):
        yield *word.span(), "".join(_boxed_letter(letter) for letter in word.group())


def _boxed_letter(letter: str) -> str:
    return " " if letter == " " else unicodedata.name(letter)[-1].lower()


def _spelled(text: str, plain: Normalised) -> Iterator[Edit]:
    """Yield what is spelled letter by letter, "l a s t  c h a n c e"; a wider gap parts its words."""
    for run in _runs(plain.text):
        signed = run["sign"] and " " not in run["sign"]
        words = "".join(
            (" " if _wide(text, plain, place) or signed and letter == " " else "") if letter in APART else letter
            for place, letter in enumerate(run.group(), run.start())
        )
        yield *run.span(), words


def _runs(text: str) -> Iterator[re.Match[str]]:
    """Yield the runs of four letters and more; digits alone are a list or a telephone number."""
    for run in SPELLED.finditer(text):
        letters = [letter for letter in run.group() if letter not in APART]
        if len(letters) > 3 and sum(letter.isalpha() for letter in letters) > 2:
            yield run


def _wide(text: str, plain: Normalised, place: int) -> bool:
    """Whether the gap at `place` was more than one space, or a line break, in the text as written."""
    return plain.ends[place] - plain.starts[place] > 1 or text[plain.starts[place]] == "\n"


def _leet(text: str, ones: str) -> Iterator[Edit]:
    for word in LEET_WORD.finditer(text):
        if not PLAIN_SHAPES.fullmatch(word.group()):
            letters = word.group().translate(LEET)
            yield *word.span(), letters.translate(str.maketrans(EITHER[0], ones * len(EITHER[0])))


def _posing(text: str) -> Iterator[Edit]:
    """Yield the words made of nothing but look-alikes of Latin letters, in a text that has Latin words as well."""
    if not FOREIGN.search(text) or not re.search("[a-z]{2}", text):
        return
    words = [word for word in WORD.finditer(text) if FOREIGN.match(word.group())]
    read = [[look_alike(letter) if FOREIGN.match(letter) else "" for letter in word.group()] for word in words]
    if all(all(letters) for word, letters in zip(words, read, strict=True) if len(word.group()) > 2):
        # One word that no Latin letters could spell shows that the others are honest Greek, or Cyrillic, as well.
        yield from (
            (*word.span(), "".join(letters)) for word, letters in zip(words, read, strict=True) if len(letters) > 2
        )


def _touched(text: str, plain: Normalised, bare: Normalised) -> Normalised:
    """Return the sentences of `bare` in which it differs from `plain`: the rest has been read already."""
    ahead = _shared(plain.text, bare.text)
    behind = _shared(plain.text[ahead:][::-1], bare.text[ahead:][::-1])
    last = max(len(bare.text) - behind, ahead + 1)
    start, end = sentence(text, *bare.original(min(ahead, len(bare.text) - 1), min(last, len(bare.text))))
    kept = [
        place for place, (a, b) in enumerate(zip(bare.starts, bare.ends, strict=True)) if start <= a and b <= end
    ]
    first, until = (kept[0], kept[-1] + 1) if kept else (0, len(bare.text))
    return Normalised(bare.text[first:until], bare.starts[first:until], bare.ends[first:until])


def _shared(one: str, other: str) -> int:
    """Return how many letters the two texts begin with in common."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _joined(plain: Normalised) -> Normalised:
    """Return, one a line, what may be words without gaps: hashtags, and words spelled letter by letter."""
    kept: list[tuple[str, int, int]] = []
    for tag in TAG.finditer(plain.text):
        start, end = plain.original(*tag.span())  # a quote from a hashtag is the whole hashtag
        kept += [(letter, start, end) for letter in f"{SEAM.sub(' ', tag[1])}\n"]
    for run in _runs(plain.text):
        places = [place for place in range(*run.span()) if plain.text[place] not in APART]
        for place, after in zip(places, [*places[1:], None], strict=True):
            letters = plain.text[place] + ("\n" if after is None else "")
            if after and plain.text[place].isdigit() != plain.text[after].isdigit():
                letters += " "
            kept += [(letter, plain.starts[place], plain.ends[place]) for letter in letters]
    return Normalised(
        "".join(one[0] for one in kept), tuple(one[1] for one in kept), tuple(one[2] for one in kept)
    )
