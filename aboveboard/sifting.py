"""Which rules can have anything to say about a text: one pass over it for the words that their patterns need.

RE2's filter works out which words must be in a text for a pattern to meet it, and looks for all of them at once.
What it lets through is then met without asking where. Both decide how long an answer takes, never what it is.
"""

from functools import lru_cache
from typing import Any

import re2

from aboveboard.disguises import readings
from aboveboard.patterns import EDGE, GAP, LETTER, BadPattern, encoded, source
from aboveboard.policy import Rule
from aboveboard.selfsame import Selfsame

# Both stand in a normalised text only if we put them there: letters without a word.
SENTINEL = b"\x01aboveboard\x01"
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
    """Patterns of many rules, of which it says for a text which rules have one that meets it."""

    def __init__(self, unions: tuple[Patterns, ...], language: str, joined: bool) -> None:
        """Prepare RE2's filter for all patterns of `unions`, in `language`; an empty union meets nothing."""
        options = re2.Options()
        options.log_errors = False
        self.places: list[int] = []  # for each pattern that of its union
        self.unsifted: set[int] = set()  # the unions with what can't be compiled: their guards shall say so
        self.filter: Any = re2.Filter()
        for place, union in enumerate(unions):
            for pattern in union:
                try:
                    self.filter.Add(_sketch(source((pattern,), language, joined=joined)), options)
                    self.places.append(place)
                except (BadPattern, re2.error):
                    self.unsifted.add(place)
        self.filter.Add(SENTINEL, options)
        self.filter.Compile()

    def let_through(self, text: str) -> set[int]:
        """Return the places of the unions that may meet `text`; all of them if the filter itself fails."""
        found = self.filter.Match(encoded(text) + SENTINEL, False) or ()
        if len(self.places) not in found:
            return self.unsifted.union(self.places)
        return self.unsifted.union(self.places[number] for number in found if number < len(self.places))


def _sketch(expression: str) -> str:
    """Return `expression` with whatever is not ASCII as letter and gap and edge alike: it meets more, in less room."""
    return (
        expression.replace(f"[{LETTER}]", r"[0-9_a-z\x80-\x{10ffff}]")
        .replace(GAP, r"(?:[ \x80-\x{10ffff}]+)")
        .replace(f"[{EDGE}]", r"[^0-9_a-z]")
    )


@lru_cache(maxsize=64)
def _sieve(rules: Selfsame[tuple[Rule, ...]], language: str, joined: bool) -> Sieve:
    asked = _sleepless(rules)
    unions = tuple(() if rule.id in asked else rule.cues.get(language, ()) for rule in rules.thing)
    return Sieve(unions, language, joined)


@lru_cache(maxsize=8)
def _sleepless(rules: Selfsame[tuple[Rule, ...]]) -> frozenset[str]:
    """Return the ids of the rules whose guards look at more than cues."""
    return frozenset(rule.id for rule in rules.thing if rule.guard not in CUED or rule.options.get("dates"))
