"""What a guard found and what it comes to: Severity, Evidence, Finding, Inspection, Verdict, `judge()`."""

from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, field_serializer

from aboveboard.brief import Fact, Offer


class Severity(StrEnum):
    """How much a finding weighs: a note never stops a post, a review asks a person, a block can't be approved."""

    NOTE = "note"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        return ("note", "review", "block").index(self.value)


Asset = Literal["caption", "alt_text", "image_text", "image_prompt", "cta", "plan"]  # cta: a pair of buttons
Outcome = Literal["pass", "review", "block"]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Copy(Frozen):
    """A text under judgement and its circumstances. The text is data, never an instruction."""

    text: str
    asset: Asset = "caption"
    language: str = "en"
    default_language: str = "en"  # the language of a fact's bare statement
    channel: str | None = None
    at: AwareDatetime  # when it will be read: facts must still hold then
    timezone: str = "UTC"
    facts: tuple[Fact, ...] = ()
    offers: tuple[Offer, ...] = ()
    sponsored: bool = False
    avoid: tuple[str, ...] = ()  # the brand's own words to avoid
    link: str | None = None  # the only address the brief allows

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Evidence(Frozen):
    """Why a finding stands, or why a claim may: what the words say against what a fact says."""

    kind: Literal["cue", "supported", "unsupported", "contradicted", "expired", "puffery", "reading", "crash"]
    says: str
    fact: str | None = None  # id of the fact compared with


class Finding(Frozen):
    """One rule met by one stretch of words. `text[start:end] == quote`, in Unicode code points."""

    rule: str
    severity: Severity
    asset: Asset = "caption"
    start: int
    end: int
    quote: str
    evidence: tuple[Evidence, ...] = ()
    law: tuple[str, ...] = ()
    message: str
    fix: str
    layer: str = "cues"  # the guard that said so


class Support(Frozen):
    """A claim that stands: the words, and the fact that proves them."""

    rule: str
    asset: Asset = "caption"
    start: int
    end: int
    quote: str
    fact: str
    says: str


class Inspection(Frozen):
    """All that the guards said of one draft: what they found, what the facts support, who answered."""

    findings: tuple[Finding, ...] = ()
    supports: tuple[Support, ...] = ()
    answered: frozenset[str] = frozenset()  # ids of the rules whose guard ran to its end

    @field_serializer("answered")
    def _in_order(self, answered: frozenset[str]) -> list[str]:
        return sorted(answered)


class Verdict(Frozen):
    """The machine's judgement: pass, review or block, and the rules that led to it."""

    outcome: Outcome
    rules: tuple[str, ...] = ()


def judge(inspection: Inspection, required: frozenset[str]) -> Verdict:
    """Return the verdict over `inspection`: pure, total and monotone.

    One more finding never softens it, and a required guard that did not answer is never a pass.
    """
    weighty = sorted(
        {(finding.severity, finding.rule) for finding in inspection.findings if finding.severity.rank > 0}
    )
    rules = tuple(sorted({rule for _, rule in weighty} | (required - inspection.answered)))
    if any(severity is Severity.BLOCK for severity, _ in weighty):
        return Verdict(outcome="block", rules=rules)
    if rules:
        return Verdict(outcome="review", rules=rules)
    return Verdict(outcome="pass")
