"""A caption composed, not invented: what a brief's facts and the phrase bank allow, as a grammar to choose in.

Every text the grammar yields is an opening, the lead fact with up to three more, and a call to action, each in
words that a person wrote: the bank's, or the brief's own.
"""

import re
from collections.abc import Callable, Sequence

from aboveboard.commission import Commission
from aboveboard.draft import Caption
from aboveboard.finding import Finding, Severity
from aboveboard.phrases import KINDS, Bank, Kind, allot, fill, in_order
from aboveboard.points import MONEY, Body, Frozen, Point, bodies, criticised, point_of, points, pool

Measure = Callable[[str], int]  # length of a text in the channel's own unit
OPTIONS = 3  # calls that one caption may choose among
DEALT = 3  # one caption in so many has a dealt opening though the brief's own words could open it
BODIES = 8  # orders of facts that one caption may choose among
BESIDE: dict[Kind, int] = {"short": 1, "visual": 1, "professional": 2}  # facts beside the lead
FULL = 0.6  # of the longest body within the sweet length: a shorter one is too thin
HEADLINE_WORDS = 8
_SECOND_CLAUSE = re.compile(r", (?:and|und|y) ")


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
    """All that one caption may say: its opening, then any body with any call, and all of it fits."""

    opening: str
    bodies: tuple[Body, ...]
    calls: tuple[str, ...]
    gap: str

    @property
    def given(self) -> str:
        """The beginning that all wordings share: the opening and the lead. The model goes on from here."""
        texts = [body.text for body in self.bodies]
        words = [sentence for passage in self.bodies[0].passages for sentence in passage.sentences]
        starts = (" ".join(words[:size]) for size in range(len(words), 0, -1))
        lead = next(start for start in starts if all(text.startswith(start) for text in texts))
        return self.gap.join(part for part in (self.opening, lead) if part)

    def wordings(self) -> dict[str, Wording]:
        """Return every wording the grammar yields, by its text."""
        every = (
            Wording(opening=self.opening, body=body, call=call, gap=self.gap)
            for body in self.bodies
            for call in self.calls
        )
        return {wording.text: wording for wording in every}


def choices(commission: Commission, bank: Bank, measure: Measure) -> Choices | Finding:
    """Return what this caption may say, or the finding that says why it can say nothing."""
    said = points(commission)
    if not said:
        return _unwritable(commission)
    kind = KINDS.get(commission.slot.channel, "short")
    gap = " " if kind == "short" else "\n\n"
    bridge = "" if kind == "short" else _bridge(bank, commission)
    opening, calls = _opening(bank, commission, said[0], kind), _calls(bank, commission, kind)
    chosen = pool(said, commission, BESIDE[kind])
    middles = tuple(bodies(chosen, commission.place, bridge=bridge, gap=gap, without=opening))
    for top, tails in ((opening, calls), (opening, calls[:1]), ("", calls[:1]), ("", [""])):
        room = Choices(opening=top, bodies=middles, calls=tuple(tails), gap=gap)
        if fitting := _fitting(room, commission, measure):
            return room.model_copy(update={"bodies": fitting})
    return _too_long(commission, said[0])


def grammar(allowed: Choices) -> str:
    """Return the GBNF grammar of exactly the ways to go on from `allowed.given`.

    Source: https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
    """
    given = allowed.given
    rest = dict.fromkeys(_literal(text.removeprefix(given)) for text in allowed.wordings())
    return f"root ::= {' | '.join(rest)}"


def caption(wording: Wording, commission: Commission) -> Caption:
    """Return the caption that `wording` comes to, with a headline for its card."""
    brief = commission.brief
    headline = _headline(wording, commission)
    return Caption(
        text=wording.text,
        headline=headline,
        hashtags=brief.tags(commission.slot.language)[: commission.budget.hashtags],
        alt_text=headline[: commission.budget.alt_text],
        facts=tuple(passage.fact for passage in wording.body.passages),
    )


def _fitting(room: Choices, commission: Commission, measure: Measure) -> tuple[Body, ...]:
    """Return the bodies that fit with the longest call, and where some do, within the sweet length."""
    call = max(room.calls, key=measure)

    def length(body: Body) -> int:
        return measure(Wording(opening=room.opening, body=body, call=call, gap=room.gap).text)

    fitting = [body for body in room.bodies if length(body) <= commission.budget.limit]
    sweet = [body for body in fitting if length(body) <= commission.budget.sweet]
    if not sweet:
        return tuple(sorted(fitting, key=length)[:1])
    enough = FULL * max(len(body.text) for body in sweet)
    full = {body.text: body for body in sweet if len(body.text) >= enough}
    return tuple(full[text] for text in in_order(list(full), commission.slot.id + commission.variant)[:BODIES])


def _opening(bank: Bank, commission: Commission, lead: Point, kind: Kind) -> str:
    """Return a sentence of the lead's own that can open, or the opening dealt to this caption.

    What is dealt is for what the lead is about, or else for the goal, or for any.
    """
    if _turn(commission) < len(lead.hooks) and _may_open_itself(bank, commission, kind):
        return lead.hooks[_turn(commission)]
    tone = commission.brief.brand.voice.tone
    apt = _sayable(bank.openings_for(lead.nature, tone), commission) if lead.nature else []
    hand = _fresh(apt[commission.place :: commission.of], commission)
    others = allot(_general(bank, commission), commission.place, commission.of)
    return next(iter(hand or _echoless(_fresh(others, commission), commission, lead)), "")


def _turn(commission: Commission) -> int:
    """Return how many captions before this one have led with its fact, where facts lead in turn: no hook twice."""
    brief = commission.brief
    rounds = commission.place // brief.variants // len(brief.facts)
    return rounds * brief.variants + ord(commission.variant) - ord("a")


def _may_open_itself(bank: Bank, commission: Commission, kind: Kind) -> bool:
    """Whether the brief's own words may open this caption: two in three, while its call is no other's."""
    calls = _sayable(bank.calls_for(kind, commission.brief.brand.voice.tone), commission)
    return commission.place % DEALT != 0 and commission.place < len(calls)


def _general(bank: Bank, commission: Commission) -> list[str]:
    tone = commission.brief.brand.voice.tone
    special = _sayable(bank.openings_for(commission.brief.goal, tone), commission)
    return [*special, *_sayable(bank.openings_for("any", tone), commission)]


def _calls(bank: Bank, commission: Commission, kind: Kind) -> list[str]:
    """Return the calls dealt to this caption, shifted by one each time the openings have gone round."""
    rounds, turn = divmod(commission.place, max(len(_general(bank, commission)), 1))
    every = _sayable(bank.calls_for(kind, commission.brief.brand.voice.tone), commission)
    return _fresh(allot(every, turn + rounds, commission.of), commission)[:OPTIONS] or [""]


def _bridge(bank: Bank, commission: Commission) -> str:
    bridges = _sayable(bank.bridges_for(commission.brief.brand.voice.tone), commission)
    return next(iter(_fresh(allot(bridges, commission.place, commission.of), commission)), "")


def _sayable(phrases: Sequence[str], commission: Commission) -> list[str]:
    """Return the phrases filled from the brief, in the campaign's own order; none it can't fill or avoids."""
    brief, language = commission.brief, commission.slot.language
    given = {
        "brand": brief.brand.name,
        "title": brief.says(brief.title, language),
        "label": brief.says(brief.action.label, language),
    }
    turn = in_order(phrases, f"{brief.campaign} {language}")
    filled = [words for phrase in turn if (words := fill(phrase, given))]
    return [
        words for words in filled if not any(word.casefold() in words.casefold() for word in brief.brand.avoid)
    ]


def _fresh(phrases: Sequence[str], commission: Commission) -> list[str]:
    return [phrase for phrase in phrases if not criticised(phrase, commission)]


def _echoless(phrases: list[str], commission: Commission, lead: Point) -> list[str]:
    """Return `phrases` with those last that name what the lead names too."""
    brief = commission.brief
    names = (brief.brand.name, brief.says(brief.title, commission.slot.language))
    echoed = [name for name in names if name and name in lead.words]
    return sorted(phrases, key=lambda phrase: any(name in phrase for name in echoed))


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _headline(wording: Wording, commission: Commission) -> str:
    """Return the brief's headline for the lead; else lead, its first clause, opening or title, whichever is short.

    A clause about money is never parted from the next, which may qualify it.
    """
    brief, language = commission.brief, commission.slot.language
    lead = wording.body.passages[0]
    fact = brief.fact(lead.fact)
    if fact and fact.headline and (headline := brief.says(fact.headline, language)):
        return headline
    clause = _SECOND_CLAUSE.split(lead.sentences[0])[0]
    clauses = [] if MONEY.search(" ".join(lead.sentences)) else [lead.sentences[0], clause]
    for words in (*clauses, wording.opening, brief.says(brief.title, language) or ""):
        bare = words.rstrip(".:… ")
        if bare and len(bare.split()) <= HEADLINE_WORDS:
            return bare
    return " ".join(brief.brand.name.split()[:HEADLINE_WORDS])


def _unwritable(commission: Commission) -> Finding:
    brief, language = commission.brief, commission.slot.language
    silent = [fact.id for fact in commission.facts if point_of(fact, brief, language) is None]
    if len(silent) == len(commission.facts):
        named = ", ".join(silent) or commission.slot.focus
        message = f"No fact usable on {commission.slot.at:%Y-%m-%d} is stated in {language!r}: {named}."
        return _nothing("missing-translation", message, f"State one of them in {language!r} in the brief.")
    message = "The findings leave no fact of the brief that this caption may state."
    return _nothing("unwritable", message, "Reword the facts that the findings quote, or add another.")


def _too_long(commission: Commission, lead: Point) -> Finding:
    budget = commission.budget
    message = f"The fact {lead.fact!r} alone is longer than the {budget.limit} {budget.unit} this channel leaves."
    return _nothing("unwritable", message, f"State {lead.fact!r} in fewer words.")


def _nothing(rule: str, message: str, fix: str) -> Finding:
    return Finding(
        rule=rule, severity=Severity.REVIEW, start=0, end=0, quote="", message=message, fix=fix, layer="embedded"
    )
