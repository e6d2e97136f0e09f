"""The guard of what is to be painted: a rule's cues, and names of people whose consent no fact states.

`options.named` are words, by language, after which capitalised words are a person's name; `options.places` are words
that make such a name a place's. A fact that names the person and holds a word of `options.consent` clears it.
"""

import regex

from aboveboard.brief import Brief, usable
from aboveboard.finding import Copy, Evidence, Finding, Support
from aboveboard.guarding import found, run_rule
from aboveboard.guards import cues
from aboveboard.normal import normalise
from aboveboard.patterns import places
from aboveboard.plan import Slot
from aboveboard.policy import Policy, Rule
from aboveboard.proving import statements

Span = tuple[int, int]
NAME = regex.compile(r"\s*\p{Lu}[\p{L}'’.-]*(?:\s+(?:(?:von|van|de|del|della|da|di|al|bin)\s+)*\p{Lu}[\p{L}'’-]*)+")
LABEL_SUFFICES = "label_suffices"


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


def inspect_wishes(texts: tuple[str, ...], brief: Brief, slot: Slot, policy: Policy) -> tuple[Finding, ...]:
    """Return what the policy finds in `texts`, which a painter is to be given, in any language of the brief.

    The same words under the same rule are told once. A rule whose guard breaks has found the whole text.
    """
    told: dict[tuple[str, str], Finding] = {}
    for text in texts:
        for language in brief.languages:
            copy = _copy(text, language, brief, slot)
            for rule in policy.imagery_rules:
                for finding in run_rule(rule, copy)[0]:
                    told.setdefault((rule.id, finding.quote.casefold()), finding)
    return tuple(told.values())


def refused(findings: tuple[Finding, ...], policy: Policy, *, labelled: bool) -> bool:
    """Whether nothing may be painted: something weighs, and a label on the picture doesn't answer it."""
    suffices = {rule.id for rule in policy.imagery_rules if rule.options.get(LABEL_SUFFICES)} if labelled else set()
    return any(finding.severity.rank > 0 and not _answered(finding, suffices) for finding in findings)


def _answered(finding: Finding, suffices: set[str]) -> bool:
    return finding.rule in suffices and all(evidence.kind != "crash" for evidence in finding.evidence)


def _copy(text: str, language: str, brief: Brief, slot: Slot) -> Copy:
    return Copy(
        text=text,
        asset="image_prompt",
        language=language,
        default_language=brief.languages[0],
        channel=slot.channel,
        at=slot.at,
        timezone=brief.schedule.timezone,
        facts=brief.facts,
        offers=brief.offers,
    )


def _names(rule: Rule, copy: Copy) -> list[Span]:
    spans = {}
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
