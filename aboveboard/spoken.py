"""The values a text states, each with its place and the words around it; copies and facts are read alike."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Literal

from aboveboard.agreeing import content
from aboveboard.measures import Amount, Clock, Day, Hours, Measure, Percent, Period, Price, Span, Times, read
from aboveboard.normal import normalise, sentence
from aboveboard.patterns import meetings

Kind = Literal["date", "duration", "quantity", "price", "percent"]

VALUES = (
    "{percent}",
    "{share}",
    "{price}",
    "{measure}",
    "{duration}",
    "{date}",
    "{time}",
    "{hour}",
    "{period}",
    "{monthday}",
    "{times}",
    "{count}",
    "{quantity}{to}{duration}",
    "{quantity}{to}{percent}",
    "{quantity}{to}{measure}",
    "{quantity}{to}{price}",
    "{quantity}{to}{count}",
    "{quantity}{to}{hour}",
    "{time}{to}{time}",
    "{date}{to}{date}",
    "{date},? {monthday}",
    "{quantity}( ?- ?| to | and | bis | und | y | et | e ){date}",
    "{date},? {hour}",
)
NEAR = 4  # words on each side that say what a value is about
REACH = 80  # characters on each side they are looked for in: a text without full stops must not cost its square
ONES = frozenset("one ein eine einen einem einer eins un una uno une un'".split())
RATE = re.compile(r"(?:a|an|ein|eine|un|une|una) \w+")  # "£4 a month" lasts no month
KINDS: tuple[tuple[tuple[type, ...], Kind], ...] = (
    ((Day, Clock, Hours, Period), "date"),
    ((Span,), "duration"),
    ((Price,), "price"),
    ((Percent,), "percent"),
    ((Amount, Times), "quantity"),
)


@dataclass(frozen=True)
class Spoken:
    """A value as a text states it: `before` and `after` are the content words next to it in its sentence."""

    kind: Kind
    start: int
    end: int
    quote: str
    measures: tuple[Measure, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    sentence: tuple[str, ...] = ()

    @property
    def subject(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word for word in (*self.after, *self.before) if not word[0].isdigit()))


@lru_cache(maxsize=2048)
def spoken(text: str, language: str, today: date) -> tuple[Spoken, ...]:
    """Return every value in `text`, read on `today`; of English words in a text of another language, those between."""
    plain = normalise(text)
    noon = datetime.combine(today, time(12))
    found: list[Spoken] = []
    for tongue in dict.fromkeys((language, "en")):
        for meeting in meetings(VALUES, tongue, plain.text):
            measures = tuple(m for name, words in meeting.caught if (m := read(name, words, tongue, noon)))
            start, end = plain.original(meeting.start, meeting.end)
            if _idle_one(plain.text[meeting.start : meeting.end]):
                continue
            if measures and not any(one.start < end and start < one.end for one in found):
                found.append(_placed(text, start, end, measures))
    return tuple(sorted(found, key=lambda one: one.start))


def _idle_one(words: str) -> bool:
    """Whether the words are "one" alone, which stands for a thing more often than for its number."""
    return words in ONES or bool(RATE.fullmatch(words))


def _placed(text: str, start: int, end: int, measures: tuple[Measure, ...]) -> Spoken:
    first, last = sentence(text, start, end)
    before = content(text[max(first, start - REACH) : start])[-NEAR:]
    after = content(text[end : min(last, end + REACH)])[:NEAR]
    whole = content(text[max(first, start - 3 * REACH) : min(last, end + 3 * REACH)])
    return Spoken(kind_of(measures), start, end, text[start:end], _ranged(measures), before, after, whole)


def _ranged(measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
    """Return "3 to 5 days" as three days and five days."""
    first, last = measures[0], measures[-1]
    if len(measures) < 2 or not isinstance(first, Amount) or isinstance(last, Amount) and not last.unit:
        return measures
    if isinstance(last, Day | Hours):
        return measures[1:]
    if isinstance(last, Span):
        low = first.readings[0] * last.unit
        return (last.model_copy(update={"low": low, "high": low}), last)
    return (last.model_copy(update={"readings": first.readings}), last)


def kind_of(measures: tuple[Measure, ...]) -> Kind:
    return next(kind for types, kind in KINDS if isinstance(measures[-1], types))
