"""What may be painted, and what the picture must then say: pure, and asked before any painter is called."""

from collections.abc import Sequence

from aboveboard.brief import Brief
from aboveboard.finding import Copy, Finding, Support
from aboveboard.guarding import run_rule
from aboveboard.plan import Slot
from aboveboard.policy import Policy

ABSTRACT = "embedded:"
LABEL_SUFFICES = "label_suffices"  # option of a rule whose finding a visible label answers
WORDS = {
    "en": "AI-generated picture",
    "de": "Bild mit KI erzeugt",
    "es": "Imagen generada con IA",
    "fr": "Image générée par IA",
    "it": "Immagine generata con IA",
}


def inspect_wishes(texts: tuple[str, ...], brief: Brief, slot: Slot, policy: Policy) -> tuple[Finding, ...]:
    """Return what the policy finds in `texts`, which a painter is to be given, in any language of the brief.

    The same words under the same rule are told once, and so are words that a prompt repeats without their signs
    ("€40" as "40"). A rule whose guard breaks has found the whole text.
    """
    told: list[Finding] = []
    proven: list[Support] = []
    for text in texts:
        for language in brief.languages:
            copy = _copy(text, language, brief, slot)
            for rule in policy.imagery_rules:
                findings, supports, _ = run_rule(rule, copy)
                told += [one for one in findings if not _told(one, told) and not _proven(one, proven)]
                proven += supports
    return tuple(told)


def is_abstract(painter: str) -> bool:
    """Whether a painter of that name is never told words, and can't paint what passes for real."""
    return painter.startswith(ABSTRACT)


def _told(finding: Finding, before: Sequence[Finding]) -> bool:
    words = _bare(finding.quote)
    return any(
        one.rule == finding.rule and (words in _bare(one.quote) or _bare(one.quote) in words) for one in before
    )


def _proven(finding: Finding, proven: Sequence[Support]) -> bool:
    return all(one.kind == "unsupported" for one in finding.evidence) and any(
        one.rule == finding.rule and _bare(finding.quote) in _bare(one.quote) for one in proven
    )


def _bare(quote: str) -> str:
    return "".join(letter for letter in quote.casefold() if letter.isalnum())


def refused(findings: tuple[Finding, ...], policy: Policy, label: str | None) -> bool:
    """Whether nothing may be painted: something weighs, and a `label` on the picture doesn't answer it.

    What a label answers may be painted, and stays a finding: a person looks at the picture.
    """
    answered = _label_answers(findings, policy) if label else ()
    return any(finding.severity.rank > 0 and finding not in answered for finding in findings)


def label_for(brief: Brief, slot: Slot, policy: Policy, painter: str, findings: tuple[Finding, ...]) -> str | None:
    """Return the words on the picture that say, in the slot's language, that AI made it; None where nothing asks.

    The brief asks with `images.label: visible`. With `auto` people in the picture ask for it (AI Act Art. 50(4),
    New York GBL § 396-b), or the law of a region the campaign is for (`label_in` in law.yaml: India's IT Rules).
    With `none` there is no label, and then nothing that needs one is painted.
    """
    wanted = brief.images.label if brief.images else "auto"
    asked = wanted == "visible" or (
        wanted == "auto"
        and (
            bool(_label_answers(findings, policy))
            or (not is_abstract(painter) and bool(_laws_asking(brief, slot, policy)))
        )
    )
    return WORDS.get(slot.language, WORDS["en"]) if asked else None


def _laws_asking(brief: Brief, slot: Slot, policy: Policy) -> list[str]:
    regions, day = set(brief.audience.regions), slot.at.date()
    return [
        law.id
        for law in policy.laws
        if regions & set(law.label_in) and (law.applies_from is None or law.applies_from <= day)
    ]


def _label_answers(findings: tuple[Finding, ...], policy: Policy) -> tuple[Finding, ...]:
    suffices = {rule.id for rule in policy.imagery_rules if rule.options.get(LABEL_SUFFICES)}
    return tuple(
        finding
        for finding in findings
        if finding.rule in suffices and all(evidence.kind != "crash" for evidence in finding.evidence)
    )


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
