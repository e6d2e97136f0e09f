"""Which rules can have anything to say about a text: one pass over it for the words that their patterns need.

RE2's filter works out which words must be in a text for a pattern to meet it, and looks for all of them at once.
What it lets through is still met pattern by pattern: it decides how long an answer takes, never what it is.
"""

from functools import lru_cache
from typing import Any

import re2

from aboveboard.disguises import readings
from aboveboard.patterns import EDGE, GAP, LETTER, BadPattern, source
from aboveboard.policy import Rule

# Both stand in a normalised text only if we put them there: letters without a word.
SENTINEL = "\x01aboveboard\x01"
CUED = ("cues", "substantiation")  # guards that begin with the rule's cues, and but for dates say nothing else
Patterns = tuple[str, ...]


def awake(rules: tuple[Rule, ...], text: str, language: str) -> frozenset[str]:
    """Return the ids of the `rules` that must be asked about `text`; the others would say nothing."""
    asked = {rule.id for rule in rules if rule.guard not in CUED or rule.options.get("dates")}
    told = readings(text)
    for spoken in dict.fromkeys((language, "en")):
        unions = tuple(rule.cues.get(spoken, ()) for rule in rules)
        for reading in told:
            sieve = _sieve(unions, spoken, reading.joined)
            asked.update(rules[place].id for place in sieve.let_through(reading.plain.text))
    return frozenset(asked)


class Sieve:
    """Unions of patterns, of which it says for a text which ones might meet it."""

    def __init__(self, unions: tuple[Patterns, ...], language: str, joined: bool) -> None:
        """Prepare RE2's filter for `unions`, in `language`; an empty union meets nothing."""
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


def _sketch(expression: str) -> str:
    """Return `expression` with any letter for each class of letters: they ask for no word and cost much room."""
    return (
        expression.replace(f"[{LETTER}]", ".").replace(LETTER, "a-z").replace(GAP, ".").replace(f"[{EDGE}]", ".")
    )


@lru_cache(maxsize=64)
def _sieve(unions: tuple[Patterns, ...], language: str, joined: bool) -> Sieve:
    return Sieve(unions, language, joined)
