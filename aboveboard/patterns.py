"""The pattern language of rule files, compiled: whole words, linear time, typed placeholders."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any, NamedTuple

import re2

from aboveboard.disguises import readings
from aboveboard.normal import fold
from aboveboard.placeholders import NAMES, bounds, meets

# Ranges instead of \p{L}: compiling Unicode classes takes 2 ms a pattern, these 0.07. What is no edge is a letter.
EDGE = (
    r"\x00-/:-@\[-\^`{-\x{bf}×÷\x{2000}-\x{206f}\x{2080}-\x{2bff}\x{3000}-\x{303f}"
    r"\x{fe00}-\x{fe6f}\x{1f000}-\x{1faff}"
)
LETTER = (
    r"0-9_a-z\x{c0}-\x{d6}\x{d8}-\x{f6}\x{f8}-\x{1fff}\x{2070}-\x{207f}\x{2c00}-\x{2fff}"
    r"\x{3040}-\x{fdff}\x{ff00}-\x{ffef}\x{10000}-\x{1efff}\x{20000}-\x{2ffff}"
)
# Between two words of a cue an emoji may stand: "last 🚨 chance" is meant to be read without it.
GAP = r"(?: |[ \x{2300}-\x{23ff}\x{2600}-\x{27bf}\x{2b00}-\x{2bff}\x{1f000}-\x{1faff}]+)"
# A gap, and what must not be taken for one: an escape, a class without a space, a gap that may be missing already.
OPENING = re.compile(
    rf"({re.escape(GAP)}|\[(?:\\.|[^\]\\ ])* (?:\\.|[^\]\\])*\]| )(?![?*+{{])|\\.|\[(?:\\.|[^\]\\])*\]"
)
CAPTURING = re.compile(r"\((?!\?)")  # each group costs time at each search; only the named ones are asked for
NAMED = re.compile(r"\(\?P<\w+>")
# Bytes at most, taken as texts need them. With RE2's own 8 MB our largest unions start anew at each text.
MEMORY = 16 << 20
END = "\0"  # an edge that stands before and after each text, and in none: what is invisible is gone from it
HOLDING = tuple(f"{{{name}}}" for name in NAMES)
TOKEN = re.compile(r"\\.|\{[a-z_]+\}|\[\^?|\]|[^\\{\[\]]+|.", re.DOTALL)


class Meeting(NamedTuple):
    """Where a pattern met a normalised text, and what its placeholders caught: (name, words)."""

    start: int
    end: int
    caught: tuple[tuple[str, str], ...]


class BadPattern(ValueError):
    """A pattern that can't be compiled; the message says why and what to write instead."""


@dataclass(frozen=True, eq=False)
class Expression:
    """Patterns as RE2 meets them: all at once, between the edges of words, without captures, which are slow."""

    patterns: tuple[str, ...]
    language: str
    joined: bool
    met: Any

    @cached_property
    def holds(self) -> bool:
        """Whether there is a placeholder in any of the patterns."""
        return any(name in pattern for pattern in self.patterns for name in HOLDING)

    @cached_property
    def whole(self) -> Any:
        """What says of words already met which of the patterns they are."""
        patterns = re2.Set.FullMatchSet(_options())
        for pattern in self.patterns:
            patterns.Add(_unnamed(_union((pattern,), self.language, joined=self.joined)))
        patterns.Compile()
        return patterns


@lru_cache(maxsize=4096)
def _held(expression: Expression, words: str) -> tuple[tuple[str, int, int], ...]:
    """Return each placeholder of the first pattern that `words` are, with the place of what it caught."""
    place = min(expression.whole.Match(words)) if len(expression.patterns) > 1 else 0
    pattern = expression.patterns[place]
    if pattern in HOLDING:  # nothing but the placeholder
        return ((pattern[1:-1], 0, len(words)),)
    catching, groups = _catching(pattern, expression.language, expression.joined)
    match = catching.fullmatch(words) if groups else None
    spans = [(name, *match.span(group)) for name, group in groups] if match else []
    return tuple((name, start, end) for name, start, end in spans if start >= 0)


@lru_cache(maxsize=4096)
def _catching(pattern: str, language: str, joined: bool) -> tuple[Any, tuple[tuple[str, int], ...]]:
    """Return the expression that hands over what the placeholders of `pattern` caught, and its groups by name."""
    expression = _built(_union((pattern,), language, joined=joined))
    groups = sorted(expression.groupindex.items(), key=lambda group: group[1])
    return expression, tuple((name.split("_")[0], number) for name, number in groups)


@lru_cache(maxsize=4096)
def compiled(patterns: tuple[str, ...], language: str, *, joined: bool = False) -> Expression:
    """Return one expression that meets whatever any of `patterns` meets, the leftmost and longest.

    With `joined` the gaps between their words may be left out, as in a hashtag.

    Raises:
        BadPattern: One of them isn't RE2, or names an unknown placeholder.
    """
    expression = _built(source(patterns, language, joined=joined))
    if expression.search(2 * END) is not None:
        raise BadPattern("it meets the empty text, so it would meet everything")
    return Expression(patterns, language, joined, expression)


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.longest_match = True
    options.max_mem = MEMORY
    return options


def _built(expression: str) -> Any:
    try:
        return re2.compile(expression, _options())
    except re2.error as error:
        said = error.args[0]
        raise BadPattern(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from error


def source(patterns: tuple[str, ...], language: str, *, joined: bool = False) -> str:
    """Return the union of `patterns` in RE2's own language, between the edges of words."""
    return f"[{EDGE}](?:{_unnamed(_union(patterns, language, joined=joined))})[{EDGE}]"


def _unnamed(expression: str) -> str:
    return NAMED.sub("(?:", expression)


def _union(patterns: tuple[str, ...], language: str, *, joined: bool) -> str:
    union = "|".join(f"(?:{_expand(pattern, language, place)})" for place, pattern in enumerate(patterns))
    return _gapless(union) if joined else union


def encoded(text: str) -> bytes:
    """Return the normalised `text` as expressions search it: between two edges that stand in no text."""
    return f"{END}{text}{END}".encode()


def meetings(patterns: tuple[str, ...], language: str, text: str, *, joined: bool = False) -> Iterator[Meeting]:
    """Yield where `patterns` meet the normalised `text`, from left to right, without overlaps."""
    if not patterns:
        return
    expression = compiled(patterns, language, joined=joined)
    # Over a string RE2 counts the letters from the start anew for each match; over bytes the search stays linear.
    data = encoded(text)
    search = expression.met.search
    place = start = 0
    while (match := search(data, place)) is not None:
        first, last = match.span()
        words = data[first:last].decode()
        start += len(data[place:first].decode())
        said = words[1:-1]
        yield Meeting(start, start + len(said), _caught(expression, said, text[max(0, start - 40) : start]))
        place = last - len(words[-1].encode())
        start += len(words) - 1


def _caught(expression: Expression, words: str, before: str) -> tuple[tuple[str, str], ...]:
    """Return what the placeholders caught of `words`, with a bound that stands right before it."""
    if not expression.holds:
        return ()
    return tuple(
        [
            (name, _whole(before + words[:start], words[start:end], expression.language))
            for name, start, end in _held(expression, words)
        ]
    )


def sightings(patterns: tuple[str, ...], language: str, text: str) -> list[Meeting]:
    """Return where `patterns` meet any reading of `text`, as places in the text as it was written, left to right.

    What a reading meets inside or across a meeting of an earlier one is the same words seen twice.
    """
    seen: list[Meeting] = []
    for reading in readings(text) if patterns else ():
        met = [
            Meeting(start, end, meeting.caught)
            for meeting in meetings(patterns, language, reading.plain.text, joined=reading.joined)
            for start, end in [reading.plain.original(meeting.start, meeting.end)]
        ]
        if met:
            seen = sorted([*seen, *_unseen(met, seen)], key=lambda meeting: meeting.start)
    return seen


def _unseen(met: list[Meeting], seen: list[Meeting]) -> Iterator[Meeting]:
    """Yield those of `met` that overlap none of `seen`, which is in order."""
    place = 0
    for one in sorted(met, key=lambda meeting: meeting.start):
        while place < len(seen) and seen[place].end <= one.start:
            place += 1
        if place == len(seen) or one.end <= seen[place].start:
            yield one


@lru_cache(maxsize=4096)
def places(patterns: tuple[str, ...], language: str, text: str) -> tuple[tuple[int, int], ...]:
    """Return where `patterns` meet `text` as it was written: start and end in code points, left to right."""
    return tuple((meeting.start, meeting.end) for meeting in sightings(patterns, language, text))


def _whole(before: str, words: str, language: str) -> str:
    """Return the caught words with an "over" or "more than" that stands right before them."""
    told, last = _bound(language)
    bound = told.search(before) if before.endswith(last) else None
    return f"{bound[1]}{words}" if bound else words


@cache
def _bound(language: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Return the expression of a bound at the end of a text, and with what such a text ends."""
    words = bounds(language)
    return re.compile(rf"(?:^| )((?:{words}) )$"), tuple(f"{word} " for word in words.split("|"))


def _gapless(expression: str) -> str:
    """Return `expression` with every gap left open: a space, or a class that holds one, may be missing."""
    return OPENING.sub(lambda part: f"{part[1]}?" if part[1] else part.group(), expression)


def _expand(pattern: str, language: str, place: int) -> str:
    parts: list[str] = []
    inside = False  # a character class
    for number, token in enumerate(TOKEN.findall(pattern)):
        if token.startswith("["):
            inside = True
        elif token == "]":
            inside = False
        parts.append(_translate(token, language, f"{place}_{number}", inside))
    return "".join(parts)


def _translate(token: str, language: str, label: str, inside: bool) -> str:
    if token == r"\w":
        return LETTER if inside else f"[{LETTER}]"
    if token in (r"\b", r"\B"):
        raise BadPattern(r"word boundaries are implied; drop \b")
    if token.startswith("\\") or inside:
        return token if token.startswith("\\") else fold(token)
    if re.fullmatch(r"\{[a-z_]+\}", token):
        name = token[1:-1]
        if name not in NAMES:
            raise BadPattern(f"unknown placeholder {token}; known are {', '.join(NAMES)}")
        return f"(?P<{name}_{label}>{meets(name, language)})"
    return CAPTURING.sub("(?:", fold(token)).replace(" ", GAP)
