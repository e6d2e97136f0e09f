"""What the brief says of each fact in one language, and which of it goes into one caption, in which orders."""

import re
from itertools import permutations

from pydantic import BaseModel, ConfigDict

from aboveboard.brief import Brief, Fact
from aboveboard.commission import Commission
from aboveboard.phrases import Nature, in_order

POOL_CHARACTERS = 1600  # what the embedded model's context holds with room for the answer
MONEY = re.compile(r"[$€£¥]|\b[A-Z]{3} \d")
_WORD = re.compile(r"\w+")
_LEANING = re.compile(r"\b(also|auch|außerdem|también|además)\b|^(it|they|this|these|both)\b", re.IGNORECASE)


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(Frozen):
    """What the brief says of one fact, in the words it says it in."""

    fact: str
    words: str
    nature: Nature | None = None
    leans_on: str | None = None  # the fact before it, when it can't be understood alone ("also", "it")


class Body(Frozen):
    """The middle of a caption: the points in order, and the bridge, if any, that follows the first.

    After the first of three or more comes `gap`: a space, or where the channel shows them a blank line.
    """

    points: tuple[Point, ...]
    bridge: str = ""
    gap: str = " "

    @property
    def text(self) -> str:
        first, *rest = [point.words for point in self.points]
        more = " ".join([self.bridge, *rest] if self.bridge else rest)
        return (self.gap if len(rest) > 1 else " ").join([first, more] if more else [first])


def points(commission: Commission) -> list[Point]:
    """Return what may be said, the lead first: all but what isn't said in this language or a critique quotes."""
    brief, language = commission.brief, commission.slot.language
    said = [point for fact in commission.facts if (point := point_of(fact, brief, language))]
    kept = [point for point in said if not criticised(point.words, commission)]
    ids = {point.fact for point in kept}
    return [point for point in kept if point.leans_on is None or point.leans_on in ids]


def point_of(fact: Fact, brief: Brief, language: str) -> Point | None:
    """Return what is said of `fact`; where an offer rests on it, the offer's words, never without its terms."""
    offer = next((offer for offer in brief.offers if offer.fact == fact.id), None)
    parts = (offer.says, offer.terms) if offer else (fact.statement,)
    words = [brief.says(part, language) for part in parts]
    if not all(words):
        return None
    text = " ".join(_closed(part) for part in words if part)
    return Point(
        fact=fact.id, words=text, nature="priced" if offer else _nature(fact, text), leans_on=_support(fact, brief)
    )


def criticised(words: str, commission: Commission) -> bool:
    """Whether `words` share more than half of the words that some finding of the critique quotes."""
    ours = word_set(words)
    quotes = [word_set(f.quote) for f in commission.critique if f.asset in ("caption", "image_text")]
    return any(len(quote & ours) * 2 > len(quote) for quote in quotes if quote)


def word_set(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def pool(said: list[Point], commission: Commission, beside: int) -> list[Point]:
    """Return the lead and at most `beside` more, another few for each place, none saying the same again."""
    apart = commission.brief.goal != "offer"  # an offer and its terms want a caption of their own
    chosen, rest = [said[0]], {p.fact: p for p in said[1:] if not (apart and p.nature == "priced")}
    turn = in_order(list(rest), f"{commission.brief.campaign} {commission.slot.language}")
    start = commission.place * beside % max(len(turn), 1)
    for fact in (said[0].leans_on, *turn[start:], *turn[:start]):
        point = rest.get(fact or "")
        if point and len(chosen) <= beside and point not in chosen and _adds(point, chosen):
            chosen.append(point)
    return chosen


def bodies(chosen: list[Point], most: int, bridge: str = "", gap: str = " ") -> list[Body]:
    """Return every order of up to `most` points that reads well: first the lead, or what the lead leans on."""
    head = [point for point in chosen[1:] if point.fact == chosen[0].leans_on] + chosen[:1]
    rest = [point for point in chosen if point not in head]
    orders = [(*head, *tail) for size in range(len(rest) + 1) for tail in permutations(rest, size)]
    sound = [order for order in orders if len(order) <= max(most, len(head)) and _stands(order)]
    varied = [order for order in sound if not _drones(order)] or sound
    bridged = [Body(points=order, bridge=bridge, gap=gap) for order in varied if bridge and len(order) == 3]
    return [*(Body(points=order, gap=gap) for order in varied), *bridged]


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


def _support(fact: Fact, brief: Brief) -> str | None:
    order = [one.id for one in brief.facts]
    place = order.index(fact.id) if fact.id in order else 0
    statements = fact.statement.values() if isinstance(fact.statement, dict) else [fact.statement]
    return order[place - 1] if place and any(map(_LEANING.search, statements)) else None


def _adds(point: Point, chosen: list[Point]) -> bool:
    """Whether `point` says something the chosen don't, and there is room for it."""
    long = sum(len(one.words) for one in (*chosen, point)) > POOL_CHARACTERS
    return not long and not any(_alike(point, one) for one in chosen)


def _alike(one: Point, other: Point) -> bool:
    first, second = word_set(one.words), word_set(other.words)
    return 2 * len(first & second) > len(first | second)


def _stands(order: tuple[Point, ...]) -> bool:
    """Whether each point that leans on another comes right after it, the first alone excepted."""
    return all(point.leans_on in (None, before.fact) for before, point in zip(order, order[1:], strict=False))


def _drones(order: tuple[Point, ...]) -> bool:
    """Whether two neighbours begin with the same two words."""
    starts = [point.words.casefold().split()[:2] for point in order]
    return any(one == other for one, other in zip(starts, starts[1:], strict=False))
