"""Numbers in words, read as numbers: digits as each language writes them, number words, "dozens of"."""

import re
from functools import lru_cache

from aboveboard.placeholders import DIGITS, WORDS

SCALES = {
    10**2: "hundred hundert cien ciento cientos cent cents cento",
    10**3: "k thousand tausend tsd mil mille mila",
    10**6: "m mn million mio millionen millón millones millions milione milioni",
    10**9: "bn billion",
}
SCALE = {word: factor for factor, words in SCALES.items() for word in words.split()}
CROWDS = {
    20: "dozens dutzende decenas dizaines decine",
    200: "hundreds hunderte cientos centaines centinaia",
    2_000: "thousands tausende miles milliers migliaia",
    2_000_000: "millions millionen millones milioni",
}
CROWD = frozenset(word for words in CROWDS.values() for word in words.split())
DOZENS = {"a dozen": 12, "ein dutzend": 12, "una docena": 12, "une douzaine": 12, "una dozzina": 12}
DOZENS["half a dozen"] = 6
NAMED = re.compile(r"\d{1,2} ([1-9]\d{2})")  # "Model 22 189 GBP" has a name that ends in a number


@lru_cache(maxsize=4096)
def numbers(words: str, language: str) -> tuple[float, ...]:
    """Return every fair reading of the number in `words`, the one of `language` first."""
    spoken = words.rstrip("+")
    crowd = next((low for low, names in CROWDS.items() if spoken.split(" ")[0] in names.split()), None)
    if crowd:
        return (float(crowd),)
    digits = re.search(DIGITS, spoken)
    factor = 1
    for word in re.findall(r"[^\W\d]+", spoken):
        factor *= SCALE.get(word, 1) if digits else 1
    if digits:
        return tuple(value * factor for value in _digits(digits.group(), language))
    return _spelled(spoken, language)


def _digits(digits: str, language: str) -> tuple[float, ...]:
    """Return the readings of a number in digits; German brands write English with "2.000", which stays open."""
    plain = digits.replace(" ", "").replace("'", "")
    if plain.isdecimal():
        apart = NAMED.fullmatch(digits)
        return (float(plain), *([float(apart[1])] if apart else []))
    own = _parsed(plain, language if language in WORDS else "en")
    others = [_parsed(plain, other) for other in ("en", "de")]
    grouped = max((value for value in (own, *others) if value is not None), default=None)
    settled = own is not None and (own == grouped or not re.fullmatch(r"\d{1,3}[.,]\d{3}", plain))
    readings = (own,) if settled else (grouped, own)
    return tuple(value for value in readings if value is not None)


@lru_cache(maxsize=1024)
def _parsed(digits: str, locale: str) -> float | None:
    from babel.numbers import NumberFormatError, parse_decimal

    try:
        return float(parse_decimal(digits, locale=locale, strict=True))
    except NumberFormatError:
        return None


def _spelled(words: str, language: str) -> tuple[float, ...]:
    from text_to_num import text2num

    if words in DOZENS:
        return (float(DOZENS[words]),)
    if words.startswith("half a "):
        return tuple(number / 2 for number in _spelled(words.removeprefix("half "), language))
    spoken = words.split(" ")
    for start in range(len(spoken)):
        for end in range(len(spoken), start, -1):
            try:
                return (float(text2num(" ".join(spoken[start:end]), language if language in WORDS else "en")),)
            except ValueError:
                continue
    return ()
