"""Which rules can have anything to say about a text: one pass over it for the words that their patterns need.

RE2's filter works out which words must be in a text for a pattern to meet it, and looks for all of them at once.
What it lets through is then met without asking where. Both decide how long an answer takes, never what it is.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from threading import Lock
from typing import Any

import re2

from aboveboard.disguises import readings
from aboveboard.patterns import EDGE, GAP, LETTER, BadPattern, compiled, encoded, source
from aboveboard.placeholders import NAMES
from aboveboard.policy import Rule
from aboveboard.selfsame import Selfsame

# Both stand in a normalised text only if we put them there: letters without a word.
SENTINEL = b"\x01aboveboard\x01"
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
CUED = ("cues", "substantiation")  # guards that begin with the rule's cues, and but for dates say nothing else
Patterns = tuple[str, ...]


def awake(rules: tuple[Rule, ...], text: str, language: str) -> frozenset[str]:
    """Return the ids of the `rules` that must be asked about `text`; the others would say nothing."""
    asked = set(_sleepless(Selfsame(rules)))
    for spoken in dict.fromkeys((language, "en")):
        for reading in readings(text):
            sieve = _sieve(Selfsame(rules), spoken, reading.joined)
            asked.update(rules[place].id for place in sieve.let_through(reading.plain.text))
    return frozenset(asked)


class Sieve:
    """Patterns of many rules, of which it says for a text which rules have one that may meet it."""

    def __init__(self, unions: tuple[Patterns, ...], language: str, joined: bool) -> None:
        """Prepare RE2's filter for all patterns of `unions`, in `language`; an empty union meets nothing."""
        options = re2.Options()
        options.log_errors = False
        self.language, self.joined = language, joined
        self.patterns: list[tuple[int, str]] = []  # each with the place of its union
        self.unsifted: set[int] = set()  # unions with a pattern that can't be compiled: their guards shall say so
        self.filter: Any = re2.Filter()
        for place, union in enumerate(unions):
            for pattern in union:
                try:
                    self.filter.Add(_sketch(pattern, language, joined), options)
                    self.patterns.append((place, pattern))
                except (BadPattern, re2.error):
                    self.unsifted.add(place)
        self.filter.Add(SENTINEL, options)
        self.filter.Compile()

    def let_through(self, text: str) -> set[int]:
        """Return the places of the unions that may meet `text`, and of those that can't be compiled."""
        data, through = encoded(text), set(self.unsifted)
        for number in self._possible(data):
            place, pattern = self.patterns[number]
            # Joined words are rare, and their unions large: they are made only for what is met.
            if place not in through and (not self.joined or self._meets(pattern, data)):
                through.add(place)
        return through

    def _possible(self, data: bytes) -> Iterable[int]:
        """Return the numbers of the patterns that may meet a text; all of them if the filter itself fails."""
        found, last = self.filter.Match(data + SENTINEL, False) or (), len(self.patterns)
        return (number for number in found if number < last) if last in found else range(last)

    def _meets(self, pattern: str, data: bytes) -> bool:
        try:
            return compiled((pattern,), self.language, joined=self.joined).met.search(data) is not None
        except BadPattern:
            return True


def _sketch(pattern: str, language: str, joined: bool) -> str:
    """Return an expression that meets what `pattern` meets and more, in little room.

    Any words stand for a value, and whatever is not ASCII is letter, gap and edge alike.
    """
    bare = PLACEHOLDER.sub(lambda name: ".+" if name[1] in NAMES else name.group(), pattern)
    return (
        source((bare,), language, joined=joined)
        .replace(f"[{LETTER}]", r"[0-9_a-z\x80-\x{10ffff}]")
        .replace(GAP, r"(?:[ \x80-\x{10ffff}]+)")
        .replace(f"[{EDGE}]", r"[^0-9_a-z]")
    )


_BUILDING = Lock()


def _sieve(rules: Selfsame[tuple[Rule, ...]], language: str, joined: bool) -> Sieve:
    with _BUILDING:  # threads that come at once would each build one
        return _built(rules, language, joined)


@lru_cache(maxsize=64)
def _built(rules: Selfsame[tuple[Rule, ...]], language: str, joined: bool) -> Sieve:
    asked = _sleepless(rules)
    unions = tuple(() if rule.id in asked else rule.cues.get(language, ()) for rule in rules.thing)
    return Sieve(unions, language, joined)


@lru_cache(maxsize=8)
def _sleepless(rules: Selfsame[tuple[Rule, ...]]) -> frozenset[str]:
    """Return the ids of the rules whose guards look at more than cues."""
    return frozenset(rule.id for rule in rules.thing if rule.guard not in CUED or rule.options.get("dates"))
