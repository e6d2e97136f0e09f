"""The guard of typed claims: a date, a number or a price that a fact contradicts, or to which a fact adds a cost.

It looks for what `rule.claims` wants, after the rule's own guard. A claim that no fact speaks of is not its business.
"""

from aboveboard.claims import Claim, claims_of
from aboveboard.finding import Copy, Evidence, Finding, Support
from aboveboard.guarding import found
from aboveboard.normal import sentence
from aboveboard.patterns import places
from aboveboard.policy import Rule, Wanted


def inspect(rule: Rule, copy: Copy) -> tuple[list[Finding], list[Support]]:
    """Find the claims `rule` wants that the facts speak against. Source: UCPD Art. 6 and 7."""
    if rule.claims is None or not copy.facts:
        return [], []
    findings = [
        found(rule, copy, claim.start, claim.end, [evidence])
        for claim in claims_of(copy)
        if (evidence := _against(rule.claims, claim, copy))
    ]
    return findings, []


def _against(wanted: Wanted, claim: Claim, copy: Copy) -> Evidence | None:
    """Return the evidence against `claim`, if it is of a kind that is wanted and a fact speaks against it."""
    if claim.omits and claim.omits.kind == wanted.omits:
        return Evidence(kind="contradicted", says=claim.omits.says, fact=claim.omits.fact)
    if claim.standing != "contradicted" or claim.kind not in wanted.kinds:
        return None
    if wanted.about and not _about(wanted, claim, copy):
        return None
    return Evidence(kind="contradicted", says=claim.says, fact=claim.fact)


def _about(wanted: Wanted, claim: Claim, copy: Copy) -> bool:
    start, end = sentence(copy.text, claim.start, claim.end)
    return any(
        at < end and start < until
        for language in dict.fromkeys((copy.language, "en"))
        for at, until in places(wanted.about.get(language, ()), language, copy.text)
    )
