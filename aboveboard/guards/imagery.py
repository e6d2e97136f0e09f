"""The guard of what is to be painted: a rule's cues, and names of people whose consent no fact states.

`options.named` are words, by language, after which capitalised words are a person's name; `options.places` are
words that make such a name a place's. A fact that names the person and holds a word of `options.consent` clears
it.
"""

import regex

from aboveboard.agreeing import statements
from aboveboard.brief import usable
from aboveboard.finding import Copy, Evidence, Finding, Support
from aboveboard.guarding import found
from aboveboard.guards import cues
from aboveboard.normal import normalise
from aboveboard.patterns import places
from aboveboard.policy import Rule

Span = tuple[int, int]
NAME = regex.compile(
    r"\s*\p{Lu}[\p{L}'’.-]*(?:\s+(?:(?:von|van|de|del|della|da|di|al|bin)\s+)*\p{Lu}[\p{L}'’-]*)+"
)


def inspect(rule: Rule, copy: Copy) -> tuple[list[Finding], list[Support]]:
    """Return what the rule's cues find, and each name of a person who hasn't agreed."""
    findings, supports = cues.inspect(rule, copy)
    for start, end in _names(rule, copy):
        agreed = _agreed(rule, copy, copy.text[start:end])
        if agreed:
            supports.append(cues.supported(rule, copy, start, end, agreed))
        else:
            says = f"'{copy.text[start:end]}' reads as a person's name, and no fact says that this person agreed"
            findings.append(found(rule, copy, start, end, [Evidence(kind="unsupported", says=says)]))
    return findings, supports


def _names(rule: Rule, copy: Copy) -> list[Span]:
    spans: dict[Span, None] = {}
    for language in dict.fromkeys((copy.language, "en")):
        for _, end in places(_patterns(rule, "named", language), language, copy.text):
            name = NAME.match(copy.text, end)
            if name and not places(_patterns(rule, "places", language), language, name[0]):
                start = name.end() - len(name[0].lstrip())
                spans[start, name.end()] = None
    return list(spans)


def _agreed(rule: Rule, copy: Copy, name: str) -> Evidence | None:
    wanted = normalise(name).text
    for fact in copy.facts:
        for statement, language in statements(fact, copy) if usable(fact, copy.at, copy.zone) else ():
            consents = places(_patterns(rule, "consent", language), language, statement)
            if wanted in normalise(statement).text and consents:
                return Evidence(kind="supported", says=f"{fact.id} says: {statement}", fact=fact.id)
    return None


def _patterns(rule: Rule, option: str, language: str) -> tuple[str, ...]:
    return tuple(rule.options.get(option, {}).get(language, ()))
