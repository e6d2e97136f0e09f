"""The gate: what picks people as it mustn't, holds personal data or wants unfit pictures is refused unread.

No model sees such a brief. Rules say what is refused. A rule's `options.audience` has patterns, by language, that
may not describe an audience, and `options.innocent` what only looks like them; the rule whose guard is `privacy`
knows personal data, and those whose guard is `imagery` what no picture may show. A guard that breaks refuses.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from aboveboard.brief import Brief, moment
from aboveboard.errors import Refused
from aboveboard.finding import Copy, Finding, Severity
from aboveboard.guarding import run_rule
from aboveboard.guards import privacy
from aboveboard.normal import Normalised, normalise, sentence
from aboveboard.patterns import meetings
from aboveboard.policy import Policy, Rule

AUDIENCE = "audience.describe"
WISHES = "images.wishes"
# Facts and offers describe the product: "a workshop for teenagers" is no targeting until the audience says so.
# What the brand never says, and never wants to see, is no targeting either.
NOT_AIMING = ("facts", "offers", "brand.voice.dont", "brand.avoid", "images.avoid")
AIMING = {
    "en": (
        r"(target|aim)(s|ed|ing)?( it| this)?( audience| group| at)?",
        "(speak|talk|appeal|geared|directed) to",
    ),
    "de": (r"zielgruppe", r"richte\w* (\w+ ){0,2}an", r"(ansprechen|spr[ei]ch\w*) (\w+ ){0,2}an"),
    "es": ("público objetivo", r"dirig\w* a", r"hab[lr]\w* (a|con)"),
}


def admit(brief: Brief, policy: Policy) -> Brief:
    """Return `brief` unchanged if it may be worked on.

    Raises:
        Refused: It picks its audience by a special category, a weakness, minority of age or a trail of data, or it
            holds personal data. Each problem says where, by which rule and law, and what would be right.
    """
    texts = tuple(strings(brief.model_dump()))
    problems: dict[str, None] = {}
    for path, text in texts:
        for rule in policy.rules:
            for quote in (
                *_targeted(rule, path, text, brief),
                *_personal(rule, text, brief),
                *_depicted(rule, path, text, brief),
            ):
                problems[_problem(rule, path, quote, policy)] = None
    if problems:
        raise Refused(tuple(problems))
    return brief


def strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in `value` with its dotted path, such as `facts[2].statement.en`."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from strings(item, f"{path}[{number}]")


def _targeted(rule: Rule, path: str, text: str, brief: Brief) -> Iterator[str]:
    """Yield the words of `text` that pick an audience in a way `rule` doesn't allow."""
    audience = rule.options.get("audience", {})
    if not audience or path.startswith(NOT_AIMING):
        return
    plain = normalise(text)
    seen = _without_innocent(plain.text, rule, brief)
    aimed = [(0, len(text))] if path == AUDIENCE else _aimed(text, plain, brief)
    for language in _languages(brief):
        for meeting in meetings(tuple(audience.get(language, ())), language, seen):
            start, end = plain.original(meeting.start, meeting.end)
            if any(first <= start and end <= last for first, last in aimed):
                yield text[start:end]


def _without_innocent(text: str, rule: Rule, brief: Brief) -> str:
    innocent = rule.options.get("innocent", {})
    for language in _languages(brief):
        for meeting in meetings(tuple(innocent.get(language, ())), language, text):
            text = text[: meeting.start] + "." * (meeting.end - meeting.start) + text[meeting.end :]
    return text


def _aimed(text: str, plain: Normalised, brief: Brief) -> list[tuple[int, int]]:
    """Return the stretches of `text` that say whom it is aimed at: from such words to their sentence's end."""
    stretches = []
    for language in _languages(brief):
        for meeting in meetings(AIMING.get(language, ()), language, plain.text):
            start, end = plain.original(meeting.start, meeting.end)
            stretches.append((end, sentence(text, start, end)[1]))
    return stretches


def _personal(rule: Rule, text: str, brief: Brief) -> Iterator[str]:
    if rule.guard != "privacy":
        return
    for language in _languages(brief):
        copy = Copy(text=text, language=language, at=moment(brief.schedule.starts, brief.zone))
        yield from _veiled(privacy.inspect(_reading_numbers_of(rule, language, brief), copy)[0])


def _depicted(rule: Rule, path: str, text: str, brief: Brief) -> Iterator[str]:
    """Yield the words that ask a picture to show what `rule` doesn't allow."""
    if rule.guard != "imagery" or path != WISHES or rule.severity is not Severity.BLOCK:
        return  # what only weighs a review is judged slot by slot, and flags the draft
    at, seen = moment(brief.schedule.starts, brief.zone), 0
    copies = [
        Copy(text=text, asset="image_prompt", language=language, at=at, facts=brief.facts)
        for language in _languages(brief)
    ]
    findings = [finding for copy in copies for finding in run_rule(rule, copy)[0]]
    for finding in sorted(findings, key=lambda one: (one.start, -one.end)):
        if finding.start >= seen:  # a word that two languages share is told once
            seen = finding.end
            yield finding.quote


def _reading_numbers_of(rule: Rule, language: str, brief: Brief) -> Rule:
    """Return `rule` with the brief's own regions among those whose telephone numbers it knows."""
    known = rule.options.get("regions", {})
    regions = {**known, language: (*known.get(language, ()), *brief.audience.regions)}
    return rule.model_copy(update={"options": {**rule.options, "regions": regions}})


def _veiled(findings: Iterable[Finding]) -> Iterator[str]:
    # The refusal may end up in a log: it shows enough to find the place, and not the datum itself.
    for finding in findings:
        if finding.severity is not Severity.NOTE:
            yield f"{finding.quote[:2]}…{finding.quote[-2:]}"


def _problem(rule: Rule, path: str, quote: str, policy: Policy) -> str:
    laws = [law for law in map(policy.law, rule.law) if law]
    cited = "; ".join(f"{law.title}, {law.article}" for law in laws) or ", ".join(rule.law)
    return f"{path}: {rule.message.replace('{quote}', quote)} {rule.fix} ({rule.id}: {cited})"


def _languages(brief: Brief) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*brief.languages, "en")))
