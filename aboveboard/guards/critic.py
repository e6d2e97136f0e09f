"""The critic: a chat model asked about a few rules for one text, where words alone don't show enough. Optional.

It may add findings and nothing else: it clears nothing, and what other guards found stays as it was. Nor is its
word ever more than a question to a person: a finding of the critic alone asks for review and never blocks. The
text under judgement is data: quoted, fenced with a mark that it can't hold; and an answer counts only for a rule
that was asked about, and for words that stand in the text.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aboveboard.brief import Fact
from aboveboard.commission import Chat, Message
from aboveboard.digests import canonical_json, digest
from aboveboard.draft import Usage
from aboveboard.finding import Copy, Evidence, Finding, Severity
from aboveboard.guarding import crashed, found, merged
from aboveboard.normal import fold, normalise
from aboveboard.policy import Example, Policy, Rule
from aboveboard.prompts import UNSAFE, render

LAYER = "critic"
EXAMPLES = 2  # of each kind a rule: enough to show the edge, few enough to read
MOST = 40  # findings in one answer; what comes after is void
LONGEST_ANSWER = 50_000  # characters
LONGEST_REASON = 300
_FENCED = re.compile(r"\A\s*```(?:json)?\s*(.*?)\s*```\s*\Z", re.DOTALL)


class Said(BaseModel):
    """One finding as the critic words it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str = Field(description="The name of one of the patterns asked about.")
    quote: str = Field(description="The words that carry it, copied from the text.")
    reason: str = Field(description="One sentence: what these words do to a reader.")


class Answer(BaseModel):
    """All that the critic found in one text; an empty list is an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Answer")

    findings: list[Said] = Field(description="Empty where nothing was found.")


class Criticism(NamedTuple):
    """What came of asking the critic about one text."""

    findings: list[Finding]
    void: int = 0  # of its findings, those not asked for or without a quote in the text: dropped
    usage: tuple[Usage, ...] = ()


class Critic(Protocol):
    """Reads one copy for the rules named; the caller says which: the uncertain, and those that need reading."""

    def __call__(self, policy: Policy, copy: Copy, rules: tuple[str, ...]) -> Criticism: ...
    def close(self) -> None: ...


class ChatCritic:
    """The critic on a chat model."""

    def __init__(self, chat: Chat, workspace: Path | None = None) -> None:
        self.id = chat.id
        self._chat = chat
        self._workspace = workspace

    def __call__(self, policy: Policy, copy: Copy, rules: tuple[str, ...]) -> Criticism:
        return criticise(policy, copy, rules, self._chat, self._workspace)

    def close(self) -> None:
        self._chat.close()


def criticise(
    policy: Policy, copy: Copy, rules: tuple[str, ...], chat: Chat, workspace: Path | None = None
) -> Criticism:
    """Return what `chat` finds in `copy` of the text rules named; nothing is asked where there is nothing to ask.

    A critic that errs, times out, or twice gives no answer that can be read has cleared nothing: each rule it was
    asked about gets a finding that has a person look.
    """
    asked = tuple(rule for rule in policy.text_rules if rule.id in set(rules))
    if not asked or not copy.text.strip():
        return Criticism([])
    usage: list[Usage] = []
    fault: str | None = None
    try:
        for _ in range(2):
            heard = chat.ask(_messages(asked, copy, fault, workspace), Answer)
            usage.append(heard.usage)
            answer, fault = (None, heard.fault) if heard.fault else _read(heard.words)
            if answer is not None:
                findings, void = _weighed(answer, asked, copy)
                return Criticism(findings, void, tuple(usage))
    except Exception as error:  # fail closed: whatever goes wrong in a guard is a finding, never a pass
        return Criticism(_broken(asked, copy, error), usage=tuple(usage))
    return Criticism(_broken(asked, copy, ValueError(fault)), usage=tuple(usage))


def _broken(asked: Iterable[Rule], copy: Copy, error: Exception) -> list[Finding]:
    return [crashed(rule, copy, error).model_copy(update={"layer": LAYER}) for rule in asked]


def _messages(asked: tuple[Rule, ...], copy: Copy, fault: str | None, workspace: Path | None) -> list[Message]:
    system = render("critic", workspace, rules=[_shown(rule, copy.language) for rule in asked])
    material = _material(copy)
    human = render(
        "judged",
        workspace,
        fence=fence(canonical_json(material)),
        copy=material,
        rules=[rule.id for rule in asked],
        fault=fault,
    )
    return [("system", system), ("human", human)]


def fence(material: str) -> str:
    """Return a mark that `material` doesn't hold: from its own digest, so the same text is fenced the same."""
    mark = digest(material)[:16]
    while mark in material.casefold():
        mark = digest(mark)[:16]
    return mark


def _material(copy: Copy) -> dict[str, Any]:
    told = copy.model_dump(mode="json", exclude_defaults=True, exclude={"facts", "offers", "link", "text", "at"})
    told["read_on"] = (
        f"{copy.at.astimezone(copy.zone):%A %Y-%m-%d}"  # not to the minute: asked once, answered once
    )
    facts = [_fact(fact) for fact in copy.facts]
    offers = [offer.model_dump(mode="json", exclude_none=True) for offer in copy.offers]
    return {"circumstances": told, "facts": facts, "offers": offers, "text": copy.text}


def _fact(fact: Fact) -> dict[str, Any]:
    return fact.model_dump(mode="json", exclude_defaults=True, exclude={"owner", "headline"})


def _shown(rule: Rule, language: str) -> dict[str, Any]:
    return {
        "id": rule.id,
        "definition": rule.definition,
        "fix": rule.fix,
        "meets": list(_examples(rule.must_flag, language)),
        "passes": list(_examples(rule.must_pass, language)),
    }


def _examples(examples: tuple[Example | str, ...], language: str) -> Iterator[dict[str, Any]]:
    """Yield a few examples, those in the copy's language first."""
    whole = [one if isinstance(one, Example) else Example(text=one) for one in examples]
    for example in sorted(whole, key=lambda one: one.lang != language)[:EXAMPLES]:
        given = [_fact(fact) for fact in example.facts]
        yield {"text": example.text} | ({"given": given} if given else {})


def _read(words: str) -> tuple[Answer | None, str | None]:
    if len(words) > LONGEST_ANSWER:
        return None, f"It has {len(words)} characters, far more than any list of findings."
    wrapped = _FENCED.match(words)
    try:
        return Answer.model_validate_json(wrapped[1] if wrapped else words), None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        return None, f"It isn't the JSON object asked for: {where + ': ' if where else ''}{first['msg']}."


def _weighed(answer: Answer, asked: tuple[Rule, ...], copy: Copy) -> tuple[list[Finding], int]:
    """Return the findings that count, one a place and rule, and how many were void."""
    by_id = {rule.id: rule for rule in asked}
    counting: list[Finding] = []
    void = max(0, len(answer.findings) - MOST)
    for said in answer.findings[:MOST]:
        rule, span = by_id.get(said.rule), whereabouts(said.quote, copy.text)
        if rule is None or span is None:
            void += 1
            continue
        reason = " ".join(UNSAFE.sub(" ", said.reason).split())[:LONGEST_REASON]
        evidence = Evidence(kind="reading", says=f"the critic, a chat model: {reason or rule.title}")
        finding = found(rule, copy, *span, [evidence])
        gentle = min(finding.severity, Severity.REVIEW, key=lambda severity: severity.rank)
        counting.append(finding.model_copy(update={"layer": LAYER, "severity": gentle}))
    return list(merged(counting)), void


def whereabouts(quote: str, text: str) -> tuple[int, int] | None:
    """Return where `quote` stands in `text`: to the letter, else but for case, spaces and kinds of quotes.

    None where it doesn't, or has no letter or digit in it.
    """
    wanted = quote.strip()
    if not any(letter.isalnum() for letter in wanted):
        return None
    place = text.find(wanted)
    if place >= 0:
        return place, place + len(wanted)
    plain, folded = normalise(text), fold(wanted).strip()
    place = plain.text.find(folded) if folded else -1
    return plain.original(place, place + len(folded)) if place >= 0 else None
