"""The policy as data: Rule, Law, Thresholds, Policy. `rulebook.py` reads them from `guardrails/`."""

from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from aboveboard.brief import Fact, Language, Slug, bare_fact
from aboveboard.digests import digest
from aboveboard.finding import Asset, Severity

Family = Literal["dark-patterns", "manipulation", "surveillance", "fairness", "substantiation", "plan", "imagery"]
GuardName = Literal["cues", "substantiation", "privacy", "disclosure", "plan", "imagery"]


class Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class PostExample(Data):
    """One post of a plan-level example."""

    text: str
    at: AwareDatetime
    channel: Slug = "instagram"
    language: Language = "en"
    pressure: bool = False  # whether the post carries (truthful) time, stock or popularity pressure


class Example(Data):
    """Copy that a rule must flag or must pass. Text rules give `text`, plan rules `posts`."""

    text: str = ""
    lang: Language = "en"
    asset: Asset = "caption"
    channel: Slug | None = None
    sponsored: bool = False
    at: AwareDatetime | None = None  # default: noon on Tuesday 1 December 2026, UTC
    timezone: str = "UTC"
    facts: tuple[Fact, ...] = ()
    posts: tuple[PostExample, ...] = ()
    quiet_hours: tuple[str, str] | None = None  # plan rules: ("21:00", "08:00")

    @field_validator("facts", mode="before")
    @classmethod
    def _short_form(cls, facts: Any) -> Any:
        return tuple(bare_fact(fact, i + 1) if isinstance(fact, dict) else fact for i, fact in enumerate(facts))


class Excuse(Data):
    """What clears a cue: a fact of this kind that agrees with what the quote says, not merely exists.

    `fact` names the field that must be there; `matches` what in the quote must agree with it.
    """

    fact: Literal["starts", "ends", "stock", "value", "statement"]
    matches: Literal["date", "duration", "quantity", "percent", "price", "words"]


class Wanted(Data):
    """Which typed claims of a copy are a rule's business, beside its cues: those that a fact contradicts.

    `about` are patterns, by language, of which one must stand in the claim's sentence. With `omits` it is the
    price to which a fact adds a fee, or a renewal, that the copy leaves out. A rule that `yields` leaves a place
    to any other rule that finds no less there.
    """

    kinds: tuple[Literal["date", "duration", "quantity", "price", "percent"], ...] = ()
    about: dict[Language, tuple[str, ...]] = {}
    omits: Literal["fee", "renewal"] | None = None
    yields: bool = False


class Rule(Data):
    """One pattern of manipulation. Its YAML file carries its own examples, and is refused if they fail."""

    id: Slug
    title: str
    family: Family
    status: Literal["stable", "test", "experimental"] = "stable"
    severity: Severity
    guard: GuardName = "cues"
    read_by: Literal["critic"] | None = None  # who must read for it besides, where there is one
    definition: str
    law: Annotated[tuple[Slug, ...], Field(min_length=1)]
    cues: dict[Language, tuple[str, ...]] = {}
    unless: dict[Language, tuple[str, ...]] = {}  # words in the same sentence that make the cue innocent
    excused_by: tuple[Excuse, ...] = ()
    claims: Wanted | None = None
    options: dict[str, Any] = {}  # what a guard other than cues wants to know: see the guard's docstring
    message: str
    fix: str
    known_misses: tuple[str, ...] = ()
    must_flag: tuple[Example | str, ...]
    must_pass: tuple[Example | str, ...]


class Law(Data):
    """A legal source a rule may cite."""

    id: Slug
    title: str
    article: str
    jurisdiction: str
    says: str  # one plain sentence
    url: str
    applies_from: date | None = None
    label_in: tuple[str, ...] = ()  # countries in which it asks for a visible label on any picture AI made
    noted: date  # when the entry was written
    standing: Literal["first-hand", "second-hand", "recalled"] = "second-hand"  # from what it was written


class Thresholds(Data):
    """Numbers the policy turns on; `guardrails/policy.yaml` gives the reason for each."""

    rewrites: int  # how often a finding goes back to the model
    pressure_per_week: int  # posts with time, stock or popularity pressure, per channel and week
    alike: float  # word-shingle similarity (Jaccard, 0 to 1) above which two posts repeat each other
    minimum_contrast: float  # WCAG 2.2 SC 1.4.3 contrast ratio for type on a picture
    classifier: bool = True  # whether the local classifier reads along, where its weights are there


class Policy(Data):
    """Every rule, law and threshold in force, with a digest that any change moves."""

    rules: tuple[Rule, ...]
    laws: tuple[Law, ...]
    thresholds: Thresholds
    classifier: str | None = None  # sha256 of the weights that read along; None: rules alone

    @property
    def digest(self) -> str:
        return digest(self)

    def rule(self, rule_id: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def titled(self, rule_id: str) -> str:
        """Return what people call a rule; its id where there is none, as in a record of an older policy."""
        rule = self.rule(rule_id)
        return rule.title if rule else rule_id

    def law(self, law_id: str) -> Law | None:
        return next((law for law in self.laws if law.id == law_id), None)

    @cached_property
    def text_rules(self) -> tuple[Rule, ...]:
        """The rules that judge one text; the others judge the plan as a whole, or what is to be painted."""
        return tuple(rule for rule in self.rules if rule.guard not in ("plan", "imagery"))

    @cached_property
    def imagery_rules(self) -> tuple[Rule, ...]:
        """The rules that judge what a painter is to be asked for."""
        return tuple(rule for rule in self.rules if rule.guard == "imagery")

    @property
    def required(self) -> frozenset[str]:
        """Ids of the text rules that must have answered before anything is cleared."""
        return frozenset(rule.id for rule in self.text_rules)
