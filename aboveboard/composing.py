"""A caption composed, not invented: what a brief's facts and the phrase bank allow, as a grammar a model chooses in.

Every text the grammar yields is an opening, the lead fact with up to three more, and a call to action, each in words
that a person wrote: the bank's, or the brief's own.
"""

import re
from collections.abc import Callable
from itertools import islice, permutations

from pydantic import BaseModel, ConfigDict

from aboveboard.brief import Brief, Fact
from aboveboard.commission import Commission
from aboveboard.digests import digest
from aboveboard.draft import Caption
from aboveboard.finding import Finding, Severity
from aboveboard.phrases import KINDS, Bank, allot, fill, in_order

Measure = Callable[[str], int]  # length of a text in the channel's own unit
OPTIONS = 3  # openings, and calls, that one caption may choose among
BODIES = 12  # orders of facts that one caption may choose among
POOL = 4  # facts one caption may draw on beside its lead
POOL_CHARACTERS = 1600  # what the embedded model's context holds with room for the answer
MOST_FACTS = {"short": 3, "visual": 3, "professional": 4}
HEADLINE_WORDS = 8
_WORD = re.compile(r"\w+")
_LEANING = re.compile(
    r"\b(also|too|auch|außerdem|también|además)\b|^(it|they|es|sie|er|ellos?|ellas?)\b", re.IGNORECASE
)


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(Frozen):
    """What the brief says of one fact, in the words it says it in."""

    fact: str
    words: str
    leans_on: str | None = None  # the fact before it, when it can't be understood alone ("also", "it")


class Body(Frozen):
    """The middle of a caption: the points in order, and the bridge, if any, that follows the lead."""

    points: tuple[Point, ...]
    bridge: str | None = None

    @property
    def text(self) -> str:
        words = [point.words for point in self.points]
        return " ".join([words[0], *([self.bridge] if self.bridge else []), *words[1:]])


class Wording(Frozen):
    """One caption as its parts. An opening or a call that didn't fit, or can't be said, is empty."""

    opening: str
    body: Body
    call: str
    gap: str

    @property
    def text(self) -> str:
        return self.gap.join(part for part in (self.opening, self.body.text, self.call) if part)


class Choices(Frozen):
    """All that one caption may say: any opening, any body and any call go together, and all of it fits."""

    openings: tuple[str, ...]
    bodies: tuple[Body, ...]
    calls: tuple[str, ...]
    gap: str

    def wordings(self) -> dict[str, Wording]:
        """Return every wording the grammar yields, by its text."""
        every = (
            Wording(opening=opening, body=body, call=call, gap=self.gap)
            for opening in self.openings
            for body in self.bodies
            for call in self.calls
        )
        return {wording.text: wording for wording in every}


def choices(commission: Commission, bank: Bank, measure: Measure) -> Choices | Finding:
    """Return what this caption may say, or the finding that says why it can say nothing."""
    points = without_criticised(_points(commission), commission)
    if not points:
        return _unwritable(commission)
    kind = KINDS.get(commission.slot.channel, "short")
    gap = " " if kind == "short" else "\n\n"
    openings, calls = _frames(commission, bank, kind, points[0].words)
    bridges = ["", *_dealt(bank.bridges_for(commission.brief.brand.voice.tone), commission)[:1]]
    every = _bodies(_pool(points, commission), MOST_FACTS[kind], bridges if kind != "short" else [""])
    for around in ((openings, calls), (_short(openings), _short(calls)), ([""], _short(calls)), ([""], [""])):
        room = Choices(openings=around[0], bodies=every, calls=around[1], gap=gap)
        if bodies := _fitting(room, commission, measure):
            return room.model_copy(update={"bodies": bodies})
    return _too_long(commission, points[0])


def grammar(allowed: Choices) -> str:
    """Return the GBNF grammar of exactly the texts `allowed.wordings()` holds.

    Source: https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
    """
    parts = {"opening": allowed.openings, "body": [b.text for b in allowed.bodies], "call": allowed.calls}
    said = {name: texts for name, texts in parts.items() if any(texts)}
    root = f" {_literal(allowed.gap)} ".join(said)
    rules = [f"{name} ::= {' | '.join(_literal(text) for text in texts)}" for name, texts in said.items()]
    return "\n".join([f"root ::= {root}", *rules])


def caption(wording: Wording, commission: Commission) -> Caption:
    """Return the caption that `wording` comes to, with the headline for its card."""
    brief = commission.brief
    headline = _headline(wording, brief.says(brief.title, commission.slot.language) or brief.brand.name)
    return Caption(
        text=wording.text,
        headline=headline,
        hashtags=brief.hashtags[: commission.budget.hashtags],
        alt_text=headline[: commission.budget.alt_text],
        facts=tuple(point.fact for point in wording.body.points),
    )


def without_criticised(points: list[Point], commission: Commission) -> list[Point]:
    """Return the points that no finding of the critique quotes."""
    kept = [point for point in points if not _criticised(point.words, commission)]
    ids = {point.fact for point in kept}
    return [point for point in kept if point.leans_on is None or point.leans_on in ids]


def _criticised(words: str, commission: Commission) -> bool:
    ours = _words(words)
    return any(len(theirs & ours) * 2 > len(theirs) for theirs in map(_words, _quotes(commission)) if theirs)


def _quotes(commission: Commission) -> list[str]:
    return [finding.quote for finding in commission.critique if finding.asset in ("caption", "image_text")]


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _points(commission: Commission) -> list[Point]:
    brief, language = commission.brief, commission.slot.language
    said = [(fact, words) for fact in commission.facts if (words := _statement(fact, brief, language))]
    order = [fact.id for fact in brief.facts]
    return [Point(fact=fact.id, words=words, leans_on=_support(fact, words, order)) for fact, words in said]


def _statement(fact: Fact, brief: Brief, language: str) -> str | None:
    """Return the fact's words; where an offer rests on it, the offer's, never without its terms."""
    for offer in brief.offers:
        if offer.fact == fact.id:
            says, terms = brief.says(offer.says, language), brief.says(offer.terms, language)
            return f"{_closed(says)} {_closed(terms)}" if says and terms else None
    words = brief.says(fact.statement, language)
    return _closed(words) if words else None


def _closed(words: str) -> str:
    words = " ".join(words.split())
    return words if words[-1] in ".!?…" else f"{words}."


def _support(fact: Fact, words: str, order: list[str]) -> str | None:
    place = order.index(fact.id) if fact.id in order else 0
    return order[place - 1] if place and _LEANING.search(words) else None


def _pool(points: list[Point], commission: Commission) -> list[Point]:
    """Return the lead and a few more, a different few for each place, none of which says the same again."""
    lead, rest = points[0], points[1:]
    seed = f"{commission.brief.campaign} {commission.slot.language} {commission.place}"
    turn = sorted(rest, key=lambda point: digest(f"{seed} {point.fact}"))
    pool = [lead]
    for point in turn:
        room = sum(len(p.words) for p in pool) + len(point.words) <= POOL_CHARACTERS
        if room and len(pool) <= POOL and not any(_alike(point, other) for other in pool):
            pool.append(point)
    return pool


def _alike(one: Point, other: Point) -> bool:
    first, second = _words(one.words), _words(other.words)
    return len(first & second) > 0.5 * len(first | second)


def _bodies(pool: list[Point], most: int, bridges: list[str]) -> tuple[Body, ...]:
    lead, rest = pool[0], pool[1:]
    orders = [(lead, *tail) for size in range(most) for tail in permutations(rest, size)]
    sound = [order for order in orders if _stands(order)]
    return tuple(
        Body(points=order, bridge=bridge or None)
        for order in sound
        for bridge in bridges
        if not bridge or len(order) >= 3
    )


def _stands(order: tuple[Point, ...]) -> bool:
    """Whether each point that leans on another follows it; a lead has nothing to lean on."""
    pairs = zip((None, *order), order, strict=False)
    return all(
        point.leans_on is None or before is None or before.fact == point.leans_on for before, point in pairs
    )


def _fitting(room: Choices, commission: Commission, measure: Measure) -> tuple[Body, ...]:
    """Return the bodies that fit with the longest opening and call, nearest below the sweet length."""
    opening, call = max(room.openings, key=measure), max(room.calls, key=measure)

    def length(body: Body) -> int:
        return measure(Wording(opening=opening, body=body, call=call, gap=room.gap).text)

    fitting = [body for body in room.bodies if length(body) <= commission.budget.limit]
    sweet = [body for body in fitting if length(body) <= commission.budget.sweet]
    if not sweet:
        return tuple(sorted(fitting, key=length)[:1])
    fullest = max(len(body.points) for body in sweet)
    full = [body for body in sweet if len(body.points) >= min(fullest, 2)]
    seed = digest(f"{commission.slot.id} {commission.variant}")
    return tuple(islice(sorted(full, key=lambda body: digest(f"{seed} {body.text}")), BODIES))


def _frames(commission: Commission, bank: Bank, kind: str, lead: str) -> tuple[list[str], list[str]]:
    """Return the openings and calls dealt to this caption; the bank's order is the campaign's own."""
    brief = commission.brief
    tone = brief.brand.voice.tone
    seed = f"{brief.campaign} {commission.slot.language}"
    special, general = bank.openings_for(brief.goal, tone)
    openings = _sayable([*in_order(special, seed), *in_order(general, seed)], commission)
    calls = _sayable(in_order(bank.calls_for(kind, tone), seed), commission)  # type: ignore[arg-type]
    turn, rounds = commission.place, max(len(openings), 1)
    hand = _fresh(allot(openings, turn, commission.of), commission, lead)
    return hand or [""], _fresh(allot(calls, turn % rounds + turn // rounds, commission.of), commission, "") or [
        ""
    ]


def _dealt(phrases: list[str], commission: Commission) -> list[str]:
    seed = f"{commission.brief.campaign} {commission.slot.language}"
    return _sayable(allot(in_order(phrases, seed), commission.place, commission.of), commission)


def _sayable(phrases: list[str], commission: Commission) -> list[str]:
    brief, language = commission.brief, commission.slot.language
    given = {
        "brand": brief.brand.name,
        "title": brief.says(brief.title, language),
        "label": brief.says(brief.action.label, language),
    }
    return [filled for phrase in phrases if (filled := fill(phrase, given))]


def _fresh(phrases: list[str], commission: Commission, lead: str) -> list[str]:
    """Return the first few that no critique quotes; those that name what the lead names too come last."""
    brief = commission.brief
    names = [brief.brand.name, brief.says(brief.title, commission.slot.language) or brief.brand.name]
    echoed = [name for name in names if name in lead]
    kept = [phrase for phrase in phrases if not _criticised(phrase, commission)]
    return sorted(kept, key=lambda phrase: any(name in phrase for name in echoed))[:OPTIONS]


def _short(phrases: list[str]) -> list[str]:
    return [min(phrases, key=len)]


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _headline(wording: Wording, title: str) -> str:
    """Return the first of these that a card has room for: the lead fact, the opening, the title."""
    for words in (wording.body.points[0].words, wording.opening, title):
        bare = words.rstrip(".:… ")
        if bare and len(bare.split()) <= HEADLINE_WORDS and ". " not in bare:
            return bare
    return " ".join(title.split()[:HEADLINE_WORDS])


def _unwritable(commission: Commission) -> Finding:
    language = commission.slot.language
    silent = [fact.id for fact in commission.facts if not _statement(fact, commission.brief, language)]
    if silent or not commission.facts:
        named = ", ".join(silent) or commission.slot.focus
        message = f"No fact usable at {commission.slot.at:%Y-%m-%d} is stated in {language!r}: {named}."
        return _nothing("missing-translation", message, f"State one of them in {language!r} in the brief.")
    message = "The critique leaves no fact of the brief that this caption may state."
    return _nothing("unwritable", message, "Reword the facts that the findings quote, or add another.")


def _too_long(commission: Commission, lead: Point) -> Finding:
    budget = commission.budget
    message = f"The fact {lead.fact!r} alone is longer than the {budget.limit} {budget.unit} this channel leaves."
    return _nothing("unwritable", message, f"State {lead.fact!r} in fewer words.")


def _nothing(rule: str, message: str, fix: str) -> Finding:
    return Finding(
        rule=rule, severity=Severity.REVIEW, start=0, end=0, quote="", message=message, fix=fix, layer="embedded"
    )
