"""The guard of typed claims: a date, a number or a price that a fact contradicts, or to which a fact adds a cost.

It looks for what `rule.claims` wants, after the rule's own guard. A claim that no fact speaks of is none of its.
"""

import re

from aboveboard.claims import Claim, claims_of
from aboveboard.finding import Copy, Evidence, Finding, Support
from aboveboard.guarding import found
from aboveboard.normal import sentence
from aboveboard.patterns import places
from aboveboard.policy import Rule, Wanted

CUT = re.compile(r"[.!?…:;,]+\s+|[.!?…]+$|\s[-–—]\s|\n|[()]")
LONGEST = 60  # characters of a clause that is quoted whole


def inspect(rule: Rule, copy: Copy) -> tuple[list[Finding], list[Support]]:
    """Find the claims `rule` wants that the facts speak against. Source: UCPD Art. 6 and 7."""
    if rule.claims is None or not copy.facts:
        return [], []
    findings = [
        found(rule, copy, *_clause(copy, claim), [evidence])
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


def _clause(copy: Copy, claim: Claim) -> tuple[int, int]:
    """Return the clause around `claim`, where it is short enough to be quoted: what a reviewer would underline."""
    before = max((match.end() for match in CUT.finditer(copy.text, 0, claim.start)), default=0)
    after = CUT.search(copy.text, claim.end)
    start, end = before, after.start() if after else len(copy.text)
    if end - start > LONGEST:
        return claim.start, claim.end
    quote = copy.text[start:end]
    return start + len(quote) - len(quote.lstrip()), end - len(quote) + len(quote.rstrip())


def _about(wanted: Wanted, claim: Claim, copy: Copy) -> bool:
    start, end = sentence(copy.text, claim.start, claim.end)
    return any(
        at < end and start < until
        for language in dict.fromkeys((copy.language, "en"))
        for at, until in places(wanted.about.get(language, ()), language, copy.text)
    )
