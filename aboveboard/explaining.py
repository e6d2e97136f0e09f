"""How a verdict follows: for each finding and each proven claim the path from the words to the weight. Pure.

Everything said here is looked up or worked out, never guessed: the words, the layer that met them, what they were
held against, the rule and its law, why it weighs what it weighs, and what would clear it.
"""

from datetime import datetime, timedelta

from babel.dates import format_date

from aboveboard.checking import Checked
from aboveboard.finding import Copy, Finding, Frozen, Inspection, Severity, Support, Verdict
from aboveboard.measures import Amount, Clock, Day, Few, Measure, Percent, Price, Span, Times, read
from aboveboard.normal import fold
from aboveboard.patterns import meetings
from aboveboard.policy import Excuse, Law, Policy, Rule
from aboveboard.proving import FITS, LAST_CALL_DAYS, SMALL_STOCK
from aboveboard.rewriting import Rewriting

LAYERS = {
    "cues": "the rule's patterns of words",
    "substantiation": "claims held against the facts",
    "privacy": "shapes and check digits of personal data",
    "disclosure": "the place and words of the ad label",
    "classifier": "the local classifier, a small model that reads the whole",
    "critic": "the critic, a chat model",
    "writer": "the writer's own answer",
    "plan": "the plan as a whole",
}
MODELS = ("classifier", "critic")
READ = ("date", "time", "duration", "percent", "price", "times", "measure", "count", "quantity", "few")


class LawCited(Frozen):
    title: str
    article: str
    jurisdiction: str
    says: str
    url: str


class Path(Frozen):
    """From a finding's words to its weight, and the ways out."""

    finding: Finding
    layer: str  # in words
    title: str
    definition: str
    laws: tuple[LawCited, ...]
    weighs: str  # why it has the severity it has
    clears: tuple[str, ...]  # what would clear it, a way each
    misses: tuple[str, ...]  # what the rule is known to miss


class Proof(Frozen):
    """From a claim's words to the fact that proves them."""

    support: Support
    title: str
    states: str | None = None  # the fact's own words


class Explanation(Frozen):
    """One text: its findings and proven claims explained, and how the verdict follows."""

    name: str
    text: str
    verdict: Verdict
    follows: str
    paths: tuple[Path, ...]
    proofs: tuple[Proof, ...]
    rewriting: Rewriting = Rewriting()
    models: tuple[str, ...] = ()  # what classifier and critic had to do with it, or why they hadn't


def explained(
    checked: Checked,
    copy: Copy,
    policy: Policy,
    rule: str | None = None,
    rewriting: Rewriting | None = None,
    models: tuple[str, ...] = (),
) -> Explanation:
    """Return the explanation of what was found in `copy`; of one rule alone where `rule` names one."""
    inspection = checked.inspection
    findings = [one for one in inspection.findings if rule in {None, one.rule}]
    supports = [one for one in inspection.supports if rule in {None, one.rule}]
    return Explanation(
        name=checked.name,
        text=checked.text,
        verdict=checked.verdict,
        follows=follows(inspection, checked.verdict, policy),
        paths=tuple(path(finding, copy, policy) for finding in findings),
        proofs=tuple(_proof(support, copy, policy) for support in supports),
        rewriting=rewriting or Rewriting(),
        models=models,
    )


def path(finding: Finding, copy: Copy, policy: Policy) -> Path:
    """Return the path of one finding; what belongs to no rule, such as a writer's, has its own words."""
    rule = policy.rule(finding.rule)
    return Path(
        finding=finding,
        layer=LAYERS.get(finding.layer, finding.layer),
        title=policy.titled(finding.rule),
        definition=rule.definition if rule else finding.message,
        laws=tuple(_cited(law) for law_id in finding.law if (law := policy.law(law_id))),
        weighs=weighs(finding, rule),
        clears=clears(finding, rule, copy),
        misses=rule.known_misses if rule else (),
    )


def _cited(law: Law) -> LawCited:
    return LawCited.model_validate(law.model_dump(include=set(LawCited.model_fields)))


def _proof(support: Support, copy: Copy, policy: Policy) -> Proof:
    fact = next((fact for fact in copy.facts if fact.id == support.fact), None)
    saying = fact.statement if fact else None
    states = saying if isinstance(saying, str | None) else saying.get(copy.language) or next(iter(saying.values()))
    return Proof(support=support, title=policy.titled(support.rule), states=states)


def weighs(finding: Finding, rule: Rule | None) -> str:
    """Return why a finding has the severity it has."""
    own = finding.severity.value
    kinds = {evidence.kind for evidence in finding.evidence}
    if "crash" in kinds:
        return f"{own}: the check broke off, and what nobody checked a person must look at."
    if rule is None:
        return f"{own}: no rule of the policy, but something its layer has a person look at."
    if rule.status == "experimental":
        return f"{own}: the rule is experimental, and those only ever note."
    if finding.layer in MODELS and finding.severity is not rule.severity:
        return f"{own}: the rule would weigh {rule.severity.value}, but a model alone never blocks."
    if finding.severity is Severity.NOTE and "reading" in kinds:
        return f"{own}: the rule weighs {rule.severity.value}, but the whole caption reads as innocent."
    if "contradicted" in kinds and finding.severity is not rule.severity:
        return f"{own}: the rule weighs {rule.severity.value}, and what a fact contradicts weighs one step more."
    if finding.severity is not rule.severity:
        return f"{own}: the rule weighs {rule.severity.value}, and this kind of it {own}."
    return f"{own}: what the rule weighs."


def clears(finding: Finding, rule: Rule | None, copy: Copy) -> tuple[str, ...]:
    """Return what would clear a finding: a fact that agrees with its words, else other words."""
    if finding.layer in MODELS:
        return ("Other words, or none, for what weighs most.", finding.fix)  # it misses no fact that can be named
    wanted = _wanted(finding, rule, copy) if rule else []
    ways = [_way(excuse, measure, finding, copy) for excuse, measure in wanted]
    if rule and rule.guard == "substantiation":
        ways.append(_claim_way(rule, finding))
    against = {evidence.fact for evidence in finding.evidence if evidence.kind == "contradicted"}
    ways += [f"the copy saying what {name} says" for name in sorted(filter(None, against))]
    ways.append(finding.fix)
    return tuple(dict.fromkeys(way[0].upper() + way[1:] for way in ways if way))


def _claim_way(rule: Rule, finding: Finding) -> str:
    if rule.options.get("specific"):
        return f"a fact that states the specific thing behind “{finding.quote}”, told in the copy beside it"
    return f"a fact that states “{finding.quote}”: the same numbers, about the same thing"


def _wanted(finding: Finding, rule: Rule, copy: Copy) -> list[tuple[Excuse, Measure | None]]:
    """Return each excuse of the rule with each value of the words that may agree with it; None where none may."""
    said = _values(finding.quote, copy)
    pairs = [(e, m) for e in rule.excused_by for m in said if isinstance(m, FITS[e.matches])]
    return [*pairs] if pairs else [(excuse, None) for excuse in rule.excused_by]


def _values(quote: str, copy: Copy) -> list[Measure]:
    at, patterns = copy.at.astimezone(copy.zone), tuple(f"{{{name}}}" for name in READ)
    caught = [meeting.caught[0] for meeting in meetings(patterns, copy.language, fold(quote)) if meeting.caught]
    return [value for name, words in caught if (value := read(name, words, copy.language, at)) is not None]


def _way(excuse: Excuse, measure: Measure | None, finding: Finding, copy: Copy) -> str:
    field = f"a fact whose `{excuse.fact}` is"
    match measure:
        case Day():
            days = " or ".join(_day(datetime.combine(day, datetime.min.time())) for day in measure.readings[:2])
            return f"{field} {days}"
        case Clock():
            return f"{field} at {measure.clock:%H:%M}"
        case Span():
            return f"{field} {_day(copy.at.astimezone(copy.zone) + timedelta(hours=measure.high))}"
        case Few():
            return f"{field} {SMALL_STOCK} or fewer"
        case Amount() | Percent() | Price() | Times():
            says = measure.says if excuse.fact in {"value", "statement"} else f"{measure.readings[0]:g}"
            return f"a fact whose statement gives {says}" if excuse.fact == "statement" else f"{field} {says}"
    return _wordless(excuse, finding)


def _wordless(excuse: Excuse, finding: Finding) -> str:
    """Return what clears words without a value: "last chance", "almost gone"."""
    if excuse.matches == "words":
        return f"a fact whose statement says “{finding.quote}”"
    if excuse.fact in {"ends", "starts"}:
        return f"a fact whose `{excuse.fact}` is within {LAST_CALL_DAYS} days, and that day said in the copy"
    if excuse.fact == "stock":
        return f"a fact whose `stock` is {SMALL_STOCK} or fewer, or the stock itself said in the same sentence"
    return f"the number itself, from a fact whose `{excuse.fact}` gives it"


def _day(when: datetime) -> str:
    return format_date(when, "EEEE d MMMM y", locale="en_GB")


def follows(inspection: Inspection, verdict: Verdict, policy: Policy) -> str:
    """Return how the verdict follows from the findings, as `judge` takes it."""
    silent = policy.required - inspection.answered
    parts, told = [], set[str]()
    for severity in (Severity.BLOCK, Severity.REVIEW, Severity.NOTE):
        rules = sorted({one.rule for one in inspection.findings if one.severity is severity} - told)
        told.update(rules)
        if rules:
            parts.append(f"{', '.join(rules)} {_weigh(len(rules), severity)}")
    if silent:
        parts.append(f"{', '.join(sorted(silent))} did not answer, and what nobody checked is never a pass")
    reason = "; ".join(parts) or f"all {len(inspection.answered)} rules answered and none found anything"
    ends = {
        "pass": "nothing holds it back" if parts else "",
        "review": "a person decides",
        "block": "only another wording helps",
    }[verdict.outcome]
    return f"{verdict.outcome}: {reason}{'; so ' + ends if ends else ''}."


def _weigh(number: int, severity: Severity) -> str:
    verbs = {"block": ("blocks", "block"), "review": ("asks for a review", "ask for a review")}
    return verbs.get(severity.value, ("only notes", "only note"))[number > 1]
