"""What the brief says of each fact in one language, and which of it goes into one caption, in which orders."""

import re
from collections.abc import Iterator, Sequence
from itertools import permutations

from pydantic import BaseModel, ConfigDict

from aboveboard.brief import Brief, Fact
from aboveboard.commission import Commission
from aboveboard.phrases import Nature, in_order

MONEY = re.compile(r"[$€£¥]|\b[A-Z]{3} \d")
POOL_CHARACTERS = 1600  # what the embedded model's context holds with room for the answer
SENTENCES = 2  # further sentences on one fact that one caption may choose among
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")
_LEANING = re.compile(r"\b(also|auch|außerdem|también|además)\b|^(it|they|this|these|both)\b", re.IGNORECASE)
_POINTING = re.compile(
    r"\b(it|its|they|them|that week|also|ones?|er|es|ihn|davon|dazu|auch|eins|uno|también)\b"
    r"|^(the|this|these|that|so|der|die|das|dies\w*|el|la|los|las|es[aeo]s?|est[aeo]s?|lo|se)\b",
    re.IGNORECASE,
)


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(Frozen):
    """What the brief says of one fact, in the words it says it in."""

    fact: str
    words: str
    more: tuple[str, ...] = ()  # further sentences on the fact that add to `words`
    nature: Nature | None = None
    leans_on: str | None = None  # the fact before it, when it can't be understood alone ("also", "it")

    @property
    def hooks(self) -> list[str]:
        """The further sentences that can open a caption: those that don't point back at anything."""
        return [sentence for sentence in self.more if not _POINTING.search(sentence)]


class Passage(Frozen):
    """One fact as a caption tells it: its statement, and perhaps a sentence more."""

    fact: str
    sentences: tuple[str, ...]


class Body(Frozen):
    """The middle of a caption: the lead fact's passage, then others, after a bridge perhaps."""

    passages: tuple[Passage, ...]
    bridge: str = ""
    gap: str = " "

    @property
    def text(self) -> str:
        first, *rest = [" ".join(passage.sentences) for passage in self.passages]
        more = " ".join([self.bridge, *rest] if self.bridge else rest)
        return self.gap.join([first, more] if more else [first])


def points(commission: Commission) -> list[Point]:
    """Return what may be said, the lead first: all but what isn't said in this language or a critique quotes."""
    brief, language = commission.brief, commission.slot.language
    said = [point for fact in commission.facts if (point := point_of(fact, brief, language))]
    kept = [_uncriticised(point, commission) for point in said if not criticised(point.words, commission)]
    ids = {point.fact for point in kept}
    return [point for point in kept if point.leans_on is None or point.leans_on in ids]


def point_of(fact: Fact, brief: Brief, language: str) -> Point | None:
    """Return what is said of `fact`; where an offer rests on it, the offer's words, never without its terms."""
    offer = next((offer for offer in brief.offers if offer.fact == fact.id), None)
    parts = [brief.says(part, language) for part in ((offer.says, offer.terms) if offer else (fact.statement,))]
    if not all(parts):
        return None
    words = " ".join(_closed(part) for part in parts if part)
    also = [_closed(more) for part in fact.also if (more := brief.says(part, language))]
    return Point(
        fact=fact.id,
        words=words,
        more=() if offer else tuple(more for more in also if not _repeats(more, words)),
        nature="priced" if offer else _nature(fact, words),
        leans_on=_support(fact, brief),
    )


def criticised(words: str, commission: Commission) -> bool:
    """Whether `words` share more than half of the words that some finding of the critique quotes."""
    ours = word_set(words)
    quotes = [word_set(f.quote) for f in commission.critique if f.asset in ("caption", "image_text")]
    return any(len(quote & ours) * 2 > len(quote) for quote in quotes if quote)


def word_set(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def turned(items: Sequence[str], place: int) -> list[str]:
    """Return `items` from another start for each place."""
    start = place % max(len(items), 1)
    return [*items[start:], *items[:start]]


def pool(said: list[Point], commission: Commission, beside: int) -> list[Point]:
    """Return the lead and at most `beside` more, another few for each place, none saying the same again."""
    apart = commission.brief.goal != "offer"  # an offer and its terms want a caption of their own
    chosen, rest = [said[0]], {p.fact: p for p in said[1:] if not (apart and p.nature == "priced")}
    turn = in_order(list(rest), f"{commission.brief.campaign} {commission.slot.language}")
    for fact in (said[0].leans_on, *turned(turn, commission.place * beside)):
        point = rest.get(fact or "")
        if point and len(chosen) <= beside and point not in chosen and _adds(point, chosen):
            chosen.append(point)
    return chosen


def bodies(chosen: list[Point], place: int, *, bridge: str = "", gap: str = " ", without: str = "") -> list[Body]:
    """Return the ways to tell the lead, alone or with others, each in one sentence or more.

    A fact that leans on another follows it. `without` is a sentence that stands elsewhere in the caption.
    """
    head = [point for point in chosen[1:] if point.fact == chosen[0].leans_on] + chosen[:1]
    rest = [point for point in chosen if point not in head]
    orders = [(*head, *tail) for size in range(len(rest) + 1) for tail in permutations(rest, size)]
    told = [way for order in orders if _stands(order) for way in _ways(order, place, without)]
    varied = [passages for passages in told if not _drones(passages)] or told
    bridged = [Body(passages=way, bridge=bridge, gap=gap) for way in varied if bridge and len(way) == 2]
    return [*(Body(passages=way, gap=gap) for way in varied), *bridged]


def _ways(order: tuple[Point, ...], place: int, without: str) -> Iterator[tuple[Passage, ...]]:
    """Yield the order with every choice of further sentences on the first, and none or one on the others."""
    first, *others = order
    more = [sentence for sentence in turned(first.more, place) if sentence != without][:SENTENCES]
    tails = [(), *((sentence,) for sentence in more), *([tuple(more)] if len(more) > 1 else [])]
    for tail in tails:
        start = Passage(fact=first.fact, sentences=(first.words, *tail))
        yield (start, *(Passage(fact=point.fact, sentences=(point.words,)) for point in others))
        if others and others[-1].more:
            last = Passage(fact=others[-1].fact, sentences=(others[-1].words, turned(others[-1].more, place)[0]))
            yield (start, *(Passage(fact=p.fact, sentences=(p.words,)) for p in others[:-1]), last)


def _uncriticised(point: Point, commission: Commission) -> Point:
    more = tuple(sentence for sentence in point.more if not criticised(sentence, commission))
    return point.model_copy(update={"more": more})


def _nature(fact: Fact, words: str) -> Nature | None:
    """Return "dated" for what begins and ends, "counted" where the fact's number stands in the words."""
    if MONEY.search(words):
        return None
    if fact.starts and fact.ends:
        return "dated"
    digits = re.sub(r"\D", "", str(fact.value or ""))
    return "counted" if digits and digits in re.sub(r"(?<=\d)[.,\s](?=\d{3}\b)", "", words) else None


def _closed(words: str) -> str:
    words = " ".join(words.split())
    return words if words[-1] in ".!?…" else f"{words}."


def _repeats(more: str, words: str) -> bool:
    """Whether `more` says again what `words` say: a number of theirs, or four in ten of its own longer words."""
    if set(_NUMBER.findall(more)) & set(_NUMBER.findall(words)):
        return True
    ours = {word for word in word_set(more) if len(word) > 3}
    return 10 * len(ours & word_set(words)) >= 4 * len(ours)


def _support(fact: Fact, brief: Brief) -> str | None:
    order = [one.id for one in brief.facts]
    place = order.index(fact.id) if fact.id in order else 0
    statements = fact.statement.values() if isinstance(fact.statement, dict) else [fact.statement]
    return order[place - 1] if place and any(map(_LEANING.search, statements)) else None


def _adds(point: Point, chosen: list[Point]) -> bool:
    """Whether `point` says something the chosen don't, and there is room for it."""
    long = sum(len(" ".join([one.words, *one.more])) for one in (*chosen, point)) > POOL_CHARACTERS
    return not long and not any(_alike(point, one) for one in chosen)


def _alike(one: Point, other: Point) -> bool:
    first, second = word_set(one.words), word_set(other.words)
    return 2 * len(first & second) > len(first | second)


def _stands(order: tuple[Point, ...]) -> bool:
    """Whether each point that leans on another comes right after it, the first alone excepted."""
    return all(point.leans_on in (None, before.fact) for before, point in zip(order, order[1:], strict=False))


def _drones(passages: tuple[Passage, ...]) -> bool:
    """Whether two neighbouring sentences begin with the same two words."""
    starts = [sentence.casefold().split()[:2] for passage in passages for sentence in passage.sentences]
    return any(one == other for one, other in zip(starts, starts[1:], strict=False))
