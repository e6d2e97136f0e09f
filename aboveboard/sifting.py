"""Which rules can have anything to say about a text: one pass over it for the words that their patterns need.

RE2's filter works out which words must be in a text for a pattern to meet it, and looks for all of them at once.
What it lets through is then met without asking where. Both decide how long an answer takes, never what it is.
"""

from functools import lru_cache
from typing import Any

import re2

from aboveboard.disguises import readings
from aboveboard.patterns import EDGE, GAP, LETTER, BadPattern, Expression, compiled, encoded, source
from aboveboard.policy import Rule
from aboveboard.selfsame import Selfsame

# Both stand in a normalised text only if we put them there: letters without a word.
SENTINEL = "\x01aboveboard\x01"
CUED = ("cues", "substantiation")  # guards that begin with the rule's cues, and but for dates say nothing else
Patterns = tuple[str, ...]


def awake(rules: tuple[Rule, ...], text: str, language: str) -> frozenset[str]:
    """Return the ids of the `rules` that must be asked about `text`; the others would say nothing."""
    asked = set(_sleepless(Selfsame(rules)))
    for spoken in dict.fromkeys((language, "en")):
        for reading in readings(text):
            sieve = _sieve(Selfsame(rules), spoken, reading.joined)
            asked.update(rules[place].id for place in sieve.met(reading.plain.text))
    return frozenset(asked)


class Sieve:
    """Unions of patterns, of which it says for a text which ones might meet it."""

    def __init__(self, unions: tuple[Patterns, ...], language: str, joined: bool) -> None:
        """Prepare RE2's filter for `unions`, in `language`; an empty union meets nothing."""
        self.unions, self.language, self.joined = unions, language, joined
        self.expressions: dict[int, Expression] = {}
        options = re2.Options()
        options.log_errors = False
        options.never_capture = True
        self.places: list[int] = []
        self.unsifted: list[int] = []  # what can't be compiled: its guard shall say so itself
        self.filter: Any = re2.Filter()
        for place, union in enumerate(unions):
            try:
                if union:
                    self.filter.Add(_sketch(source(union, language, joined=joined)), options)
                    self.places.append(place)
            except (BadPattern, re2.error):
                self.unsifted.append(place)
        self.filter.Add(SENTINEL, options)
        self.filter.Compile()

    def let_through(self, text: str) -> list[int]:
        """Return the places of the unions that may meet `text`; all of them if the filter itself fails."""
        found = self.filter.Match((text + SENTINEL).encode(), True) or ()
        if len(self.places) not in found:
            return self.unsifted + self.places
        return self.unsifted + [self.places[number] for number in found if number < len(self.places)]

    def met(self, text: str) -> list[int]:
        """Return the places of the unions that meet `text`, and of those that can't be compiled."""
        data = encoded(text)
        return [place for place in self.let_through(text) if self._meets(place, data)]

    def _meets(self, place: int, data: bytes) -> bool:
        if place in self.unsifted:
            return True
        if place not in self.expressions:
            self.expressions[place] = compiled(self.unions[place], self.language, joined=self.joined)
        return self.expressions[place].met.search(data) is not None


def _sketch(expression: str) -> str:
    """Return `expression` with any letter for each class of letters: they ask for no word and cost much room."""
    return (
        expression.replace(f"[{LETTER}]", ".").replace(LETTER, "a-z").replace(GAP, ".").replace(f"[{EDGE}]", ".")
    )


@lru_cache(maxsize=64)
def _sieve(rules: Selfsame[tuple[Rule, ...]], language: str, joined: bool) -> Sieve:
    return Sieve(tuple(rule.cues.get(language, ()) for rule in rules.thing), language, joined)


@lru_cache(maxsize=8)
def _sleepless(rules: Selfsame[tuple[Rule, ...]]) -> frozenset[str]:
    """Return the ids of the rules whose guards look at more than cues."""
    return frozenset(rule.id for rule in rules.thing if rule.guard not in CUED or rule.options.get("dates"))
