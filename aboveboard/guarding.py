"""Run every guard over a draft, and fail closed. Guards are pure functions over (rule, copy)."""

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from aboveboard.brief import Brief
from aboveboard.draft import Draft
from aboveboard.finding import Copy, Evidence, Finding, Inspection, Severity, Support
from aboveboard.policy import Policy, Rule
from aboveboard.sifting import awake


class Guard(Protocol):
    """Looks for one rule's pattern in one copy; whatever it raises flags the asset."""

    def __call__(self, rule: Rule, copy: Copy) -> tuple[list[Finding], list[Support]]: ...


Runner = Callable[[Policy, Copy], Inspection]
READ_AGAIN = ("cues", "substantiation")  # guards whose rules the classifier reads for


@cache
def guard_named(name: str) -> Guard:
    """Return the guard of that name: `inspect` in its own module of `aboveboard.guards`."""
    return cast(Guard, import_module(f"aboveboard.guards.{name}").inspect)


def run_direct(policy: Policy, copy: Copy) -> Inspection:
    """Run every text rule over `copy`, then the classifier over copy, facts and what the rules found."""
    return reread(policy, copy, run_rules(policy, copy))


def reread(policy: Policy, copy: Copy, inspection: Inspection, margin: float = 0.0) -> Inspection:
    """Return `inspection` with what the classifier that `policy` names adds to it.

    A classifier that raises flags the whole text under every rule it reads for, and those rules have not answered.
    """
    if policy.classifier is None or not copy.text.strip():
        return inspection
    try:
        reader = import_module("aboveboard.guards.classifier")
        return cast(Inspection, reader.reread(policy, copy, inspection, margin))
    except Exception as error:  # fail closed: whatever goes wrong in a guard is a finding, never a pass
        broken = [crashed(rule, copy, error) for rule in policy.text_rules if rule.guard in READ_AGAIN]
        silent = {finding.rule for finding in broken}
        told = [finding.model_copy(update={"layer": "classifier"}) for finding in broken]
        return Inspection(
            findings=merged([*inspection.findings, *told]),
            supports=inspection.supports,
            answered=inspection.answered - silent,
        )


def run_rules(policy: Policy, copy: Copy) -> Inspection:
    """Run every text rule over `copy`. A guard that raises flags the whole text and has not answered.

    A rule whose cues can't be in the text has answered with nothing; the test for all of them is one pass.
    """
    rules = policy.text_rules
    busy = awake(rules, copy.text, copy.language)
    asked = [rule for rule in rules if rule.id in busy or rule.claims]
    told = gather([(rule, *run_rule(rule, copy, cues=rule.id in busy)) for rule in asked])
    silent = {rule.id for rule in rules} - {rule.id for rule in asked}
    return told.model_copy(update={"answered": told.answered | silent})


def run_rule(rule: Rule, copy: Copy, *, cues: bool = True) -> tuple[list[Finding], list[Support], bool]:
    """Return what `rule` finds and what the facts support, and whether its guard ran to its end.

    Without `cues` its own guard is known to have nothing to say, and only typed claims are asked about.
    """
    try:
        findings, supports = guard_named(rule.guard)(rule, copy) if cues else ([], [])
        if rule.claims:
            findings = _together_by_place(findings, guard_named("claimed")(rule, copy)[0])
    except Exception as error:  # fail closed: whatever goes wrong in a guard is a finding, never a pass
        return [crashed(rule, copy, error)], [], False
    return findings, supports, True


def _together_by_place(cued: list[Finding], claimed: list[Finding]) -> list[Finding]:
    """Return the findings of cues, with what claims in the same place add to them, and the claims elsewhere."""
    kept = list(cued)
    for claim in claimed:
        place = next((at for at, one in enumerate(kept) if claim.start < one.end and one.start < claim.end), None)
        if place is None:
            kept.append(claim)
        else:
            kept[place] = _together(kept[place], claim)
    return kept


def crashed(rule: Rule, copy: Copy, error: BaseException) -> Finding:
    """Return the finding that stands for a guard that broke: a person must look at the whole text."""
    return Finding(
        rule=rule.id,
        severity=Severity.REVIEW,
        asset=copy.asset,
        start=0,
        end=len(copy.text),
        quote=copy.text,
        evidence=(Evidence(kind="crash", says=f"{type(error).__name__}: {error}"),),
        law=rule.law,
        message=f"The check '{rule.title}' broke off, so nobody knows whether this text passes it.",
        fix="Have a person read this text against the rule, and report the fault.",
        layer=rule.guard,
    )


def found(rule: Rule, copy: Copy, start: int, end: int, evidence: Iterable[Evidence]) -> Finding:
    """Return the finding of `rule` at `copy.text[start:end]`, weighed by what the facts say to it.

    What facts contradict weighs one step more than the rule's severity; an experimental rule only ever notes.
    """
    told = tuple(evidence)
    quote = copy.text[start:end]
    return Finding(
        rule=rule.id,
        severity=_weight(rule, told),
        asset=copy.asset,
        start=start,
        end=end,
        quote=quote,
        evidence=told,
        law=rule.law,
        message=rule.message.replace("{quote}", quote),
        fix=rule.fix.replace("{quote}", quote),
        layer=rule.guard,
    )


def _weight(rule: Rule, evidence: tuple[Evidence, ...]) -> Severity:
    if rule.status == "experimental":
        return Severity.NOTE
    if any(one.kind == "contradicted" for one in evidence):
        return {Severity.NOTE: Severity.REVIEW}.get(rule.severity, Severity.BLOCK)
    return rule.severity


def gather(answers: Iterable[tuple[Rule, list[Finding], list[Support], bool]]) -> Inspection:
    """Return one inspection over all answers: merged, in order of place, without what a support clears."""
    findings: list[Finding] = []
    supports: list[Support] = []
    answered = set()
    yielding = set()
    for rule, found_here, supported, done in answers:
        findings += [one for one in found_here if not _cleared(one, supported)]
        supports += supported
        if done:
            answered.add(rule.id)
        if rule.claims and rule.claims.yields:
            yielding.add(rule.id)
    findings = [one for one in findings if not (one.rule in yielding and _told_better(one, findings))]
    return Inspection(findings=merged(findings), supports=_sorted_supports(supports), answered=frozenset(answered))


def _cleared(finding: Finding, supports: list[Support]) -> bool:
    """Whether all that `finding` says is "unsupported", and the facts support an overlapping claim of its rule."""
    if any(evidence.kind != "unsupported" for evidence in finding.evidence) or not finding.evidence:
        return False
    return any(s.rule == finding.rule and s.start < finding.end and finding.start < s.end for s in supports)


def _told_better(general: Finding, findings: list[Finding]) -> bool:
    """Whether another rule says no less of the same place: one claim is told once, by the most specific rule."""
    return any(
        one.rule != general.rule
        and one.severity.rank >= general.severity.rank
        and one.start < general.end
        and general.start < one.end
        for one in findings
    )


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return one finding for each asset, place and rule, with all evidence and the weightiest severity."""
    kept: dict[tuple[str, int, int, str], Finding] = {}
    for finding in findings:
        place = (finding.asset, finding.start, finding.end, finding.rule)
        kept[place] = _together(kept[place], finding) if place in kept else finding
    return tuple(kept[place] for place in sorted(kept))


def _together(one: Finding, other: Finding) -> Finding:
    heavier = max(one, other, key=lambda finding: finding.severity.rank)
    return heavier.model_copy(update={"evidence": tuple(dict.fromkeys(one.evidence + other.evidence))})


def _sorted_supports(supports: list[Support]) -> tuple[Support, ...]:
    return tuple(sorted(dict.fromkeys(supports), key=lambda s: (s.asset, s.start, s.end, s.rule, s.fact)))


def copies(draft: Draft, brief: Brief) -> tuple[Copy, ...]:
    """Return each text of `draft` as the guards see it: the post, the alt text, the words on the picture.

    All facts are given, usable or not: a guard must know a fact to say that it has run out.
    """
    post = Copy(
        text=draft.post,
        language=draft.slot.language,
        default_language=brief.languages[0],
        channel=draft.slot.channel,
        at=draft.slot.at,
        timezone=brief.schedule.timezone,
        facts=brief.facts,
        offers=brief.offers,
        sponsored=brief.disclosure.sponsored,
        avoid=brief.brand.avoid,
        link=brief.action.link,
    )
    if draft.picture is None:
        return (post,)
    drawn = "\n".join(draft.picture.words)
    others = [("alt_text", draft.picture.alt_text), ("image_text", drawn)]
    return (post, *(post.model_copy(update={"asset": asset, "text": text}) for asset, text in others if text))


def inspect_draft(draft: Draft, brief: Brief, policy: Policy, runner: Runner) -> Inspection:
    """Return what `runner` finds in all texts of `draft`; a rule has answered only if it did for each."""
    inspections = [runner(policy, copy) for copy in copies(draft, brief)]
    return Inspection(
        findings=merged(finding for inspection in inspections for finding in inspection.findings),
        supports=_sorted_supports([support for inspection in inspections for support in inspection.supports]),
        answered=frozenset.intersection(*(inspection.answered for inspection in inspections)),
    )
