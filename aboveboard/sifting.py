"""Which rules can have anything to say about a text: one pass over it for the words that their patterns need.

RE2's filter works out which words must be in a text for a pattern to meet it, and looks for all of them at once. What
it lets through is still met pattern by pattern, so it decides how long an answer takes and never what the answer is.
"""

from functools import lru_cache
from typing import Any

import re2

from aboveboard.disguises import readings
from aboveboard.patterns import source
from aboveboard.policy import Rule

# Both stand in a normalised text only if we put them there: letters without a word.
SENTINEL = "\x01aboveboard\x01"
Patterns = tuple[str, ...]


def awake(rules: tuple[Rule, ...], text: str, language: str) -> frozenset[str]:
    """Return the ids of the `rules` that must be asked about `text`; the others would say nothing."""
    asked = {rule.id for rule in rules if not _only_cues(rule)}
    for reading in readings(text):
        for spoken in dict.fromkeys((language, "en")):
            sieve = _sieve(tuple(rule.cues.get(spoken, ()) for rule in rules), spoken, reading.joined)
            asked.update(rules[place].id for place in sieve.let_through(reading.plain.text))
    return frozenset(asked)


def _only_cues(rule: Rule) -> bool:
    """Whether all that the guard of `rule` may find begins with one of its cues."""
    return rule.guard in ("cues", "substantiation") and not rule.options.get("dates")


class Sieve:
    """Unions of patterns, of which it says for a text which ones might meet it."""

    def __init__(self, unions: tuple[Patterns, ...], language: str, joined: bool) -> None:
        """Prepare RE2's filter for `unions`, in `language`; an empty union meets nothing."""
        options = re2.Options()
        options.log_errors = False
        options.never_capture = True
        self.places = [place for place, union in enumerate(unions) if union]
        self.filter: Any = re2.Filter()
        for place in self.places:
            self.filter.Add(source(unions[place], language, joined=joined), options)
        self.filter.Add(SENTINEL, options)
        self.filter.Compile()

    def let_through(self, text: str) -> list[int]:
        """Return the places of the unions that may meet `text`; all of them if the filter itself fails."""
        found = self.filter.Match((text + SENTINEL).encode(), True) or ()
        if len(self.places) not in found:
            return self.places
        return [self.places[number] for number in found if number < len(self.places)]


@lru_cache(maxsize=64)
def _sieve(unions: tuple[Patterns, ...], language: str, joined: bool) -> Sieve:
    return Sieve(unions, language, joined)
