"""The values a text states, each with its place and the words around it; copies and facts are read alike."""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Literal

from aboveboard.agreeing import content, telling_words
from aboveboard.days import dated, decimal
from aboveboard.measures import Amount, Clock, Day, Hours, Measure, Percent, Period, Price, Span, Times, read
from aboveboard.normal import normalise, sentence
from aboveboard.patterns import meetings

Kind = Literal["date", "duration", "quantity", "price", "percent"]

# What is plain stands before what joins two values: of two ways to read the same words the first one counts.
VALUES = (
    "{percent}",
    "{share}",
    "{price}",
    "{free}",
    "{measure}",
    "((for|in|within|after|inside|under|takes?|für|in|innerhalb|nach|seit|durante|en|por|dans|pendant|depuis|per|"
    "entro|fra|tra) (about )?)?{duration}",
    "{date}",
    "{time}",
    "{period}",
    "{monthday}",
    "{times}",
    "{count}",
    "{quantity}({to}({duration}|{percent}|{measure}|{price}|{count})|"
    r"\.?( ?- ?| to | and | bis | und | y | al? | et | au | e ){date})",
    "{time}{to}{time}",
    "{date}({to}{date}|,? {monthday}|,? {hour})",
    "({hour}|{time}) {date}",
    "{period}{to}{period}",
    "{month}{to}{month}",
)
NEAR = 4  # words on each side that say what a value is about
REACH = 160  # characters on each side they are looked for in: a text without full stops must not cost its square
ABROAD = (*VALUES, r"{weekday},? {quantity}")  # "sábado 12", which English writes "Saturday the 12th"
HOURS = ("{hour}", "{quantity}{to}{hour}")
ONES = frozenset("one ein eine einen einem einer eins un una uno une un'".split())
FOLLOWS = re.compile(r"[ -]?[^\W\d_]")
DAY_NUMBER = re.compile(r" (?:the )?(?:[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?![\d:.%]|\w)")
NOUN = re.compile(r"[ -][^\W\d_]+")
RATE = re.compile(r"(?:a|an|ein|eine|un|une|una) \w+")  # "£4 a month" lasts no month
LIMIT = re.compile(
    r"\b(?:by|until|till|before|through|since|from|up to|ends?|end|ending|clos(?:es?|ing)|shuts?|expires?|"
    r"deadline|dies|goes|stops?|stops? working|leaves?|over|bis|vor|seit|ab|endet|schließt|schluss|läuft|"
    r"hasta|antes de|desde|termina|acaba|cierra|jusqu'(?:au|à|en)|avant|"
    r"depuis|dès|finit|ferme|entro|fino a[l]?|scade|prima di|da[l]?|chiude)\W+(?:\w+\W+){0,2}$",
    re.IGNORECASE,
)
# Before a day, the day itself not counted: "before Monday" is until Sunday.
SHORT_OF = re.compile(
    r"\b(?:before|ahead of|vor|antes(?: del?)?|avant|prima(?: d(?:i|el|ell'))?)(?: (?:the|dem|el|le|il))? ?$"
)
ENDS = re.compile(
    r"\b(?:by|until|till|up to|ends?|ending|clos(?:es?|ing)|expires?|stops?|runs out|last day|"
    r"bis|endet|schließt|läuft|hasta|termina|acaba|cierra|vence|"
    r"jusqu'(?:au|à|en)|finit|expire|ferme|entro|fino a[l]?|scade|finisce|chiude)"
    r"\W+(?:\w+\W+){0,1}$"
)
BEGINS = re.compile(
    r"\b(?:from|starts?|starting|begins?|beginning|opens?|as of|ab|beginnt|startet|gilt|"
    r"desde|empieza|comienza|a partir d(?:e|el|u)|dès|commence|débute|"
    r"da[l]?|dall'|inizia|comincia)\W+(?:\w+\W+){0,1}$"
)
LEFT = re.compile(
    r"\b(?:left|remain\w*|unsold|in stock|still (?:\w+ )?(?:there|folded|free|here|open)|free|leaves|places|spots|"
    r"seats|übrig\w*|frei\w*|noch|rest\w*|lager|quedan?|restan\w*|plazas|"
    r"places|disponib\w*|plus que|rimast\w*|posti)\b"
)
KINDS: tuple[tuple[tuple[type, ...], Kind], ...] = (
    ((Day, Clock, Hours, Period), "date"),
    ((Span,), "duration"),
    ((Price,), "price"),
    ((Percent,), "percent"),
    ((Amount, Times), "quantity"),
)


@dataclass(frozen=True)
class Spoken:
    """A value as a text states it. What stands around it is worked out when it is first asked for."""

    kind: Kind
    start: int
    end: int
    quote: str
    measures: tuple[Measure, ...]
    text: str = ""
    at: tuple[int, int] = (0, 0)  # its stretch of the text made plain

    @cached_property
    def around(self) -> tuple[str, str, str]:
        """The sentence it stands in, made plain: what is before it, its own words, what is behind it."""
        plain, (start, end) = normalise(self.text), self.at
        first, last = (bisect_left(plain.starts, edge) for edge in sentence(self.text, self.start, self.end))
        ahead, behind = plain.text[max(first, start - REACH) : start], plain.text[end : min(last, end + REACH)]
        return ahead, plain.text[start:end], behind

    @property
    def before(self) -> tuple[str, ...]:
        """The content words next before it in its sentence."""
        return telling_words(self.around[0])[-NEAR:]

    @property
    def after(self) -> tuple[str, ...]:
        """The content words next after it."""
        return telling_words(self.around[2])[:NEAR]

    @property
    def sentence(self) -> tuple[str, ...]:
        """The content words of its sentence, its own among them."""
        return telling_words("".join(self.around))

    @property
    def heads(self) -> tuple[str, ...]:
        """What the number counts: the words right after it, or before a number that ends a list."""
        return self.after[:2] if FOLLOWS.match(self.around[2]) else self.before

    @property
    def subject(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word for word in (*self.after, *self.before) if not word[0].isdigit()))

    @cached_property
    def left(self) -> bool:
        """Whether it is said of what remains."""
        ahead, words, behind = self.around
        return bool(LEFT.search(ahead[-60:] + words + behind[:40]))

    @cached_property
    def limits(self) -> bool:
        """Whether it is a day by which, or since which, something holds."""
        ahead, words, _ = self.around
        return bool(LIMIT.search(ahead[-40:] + words.split(" ")[0] + " "))

    @cached_property
    def short_of(self) -> bool:
        """Whether what it is said of is over before that day."""
        return bool(SHORT_OF.search(self.around[0][-20:]))

    @cached_property
    def ends(self) -> bool:
        """Whether something ends on that day."""
        return self.quote.startswith("ends ") or bool(ENDS.search(self.around[0][-40:]))

    @cached_property
    def begins(self) -> bool:
        """Whether something begins on that day."""
        return self.quote.startswith("starts ") or not self.ends and bool(BEGINS.search(self.around[0][-40:]))


@lru_cache(maxsize=4096)
def spoken(text: str, language: str, today: date) -> tuple[Spoken, ...]:
    """Return every value in `text`, read on `today`; in another language's text the English ones between too."""
    found: list[Spoken] = []
    for tongue in dict.fromkeys((language, "en")):
        values = _met(VALUES if tongue == "en" else ABROAD, text, tongue, today)
        counts = any(_plain(one) for one in values)  # without a bare number there is no bare hour
        hours = _met(HOURS, text, tongue, today) if counts else []
        bare = {one.end for one in values if _plain(one) and not _counts(text, one)}
        told = [hour for hour in hours if hour.end in bare]
        for one in (*told, *_whole_dates(values, text, tongue, today), *values):
            if not any(_overlap(one, other) for other in found):
                found.append(one)
    return tuple(sorted(found, key=lambda one: one.start))


def _whole_dates(values: list[Spoken], text: str, language: str, today: date) -> list[Spoken]:
    """Return the dates of which only the month was read, with its preposition: "until December 2"."""
    cut = [one for one in values if isinstance(one.measures[-1], Period) and DAY_NUMBER.match(text, one.end)]
    dates = _met(("{date}",), text, language, today) if cut else []
    return [one for one in dates if any(_overlap(one, other) for other in cut)]


def _met(patterns: tuple[str, ...], text: str, language: str, today: date) -> list[Spoken]:
    plain = normalise(text)
    noon = datetime.combine(today, time(12))
    found = []
    for meeting in meetings(patterns, language, plain.text):
        words, rest = plain.text[meeting.start : meeting.end], plain.text[meeting.end : meeting.end + 2]
        measures = tuple(m for name, said in meeting.caught if (m := read(name, said, language, noon)))
        if (
            measures
            and not _idle(words, rest, measures)
            and not decimal(text, *plain.original(*meeting[:2]), language)
        ):
            found.append(_placed(text, (meeting.start, meeting.end), _joined(measures, today)))
    return found


def _joined(measures: tuple[Measure, ...], today: date) -> tuple[Measure, ...]:
    """Return "Sunday the 13th" as one day: the next 13th, if it is that weekday, else none."""
    if len(measures) != 2:
        return measures
    weekday, number = measures
    if not isinstance(weekday, Day) or not isinstance(number, Period | Amount):
        return measures
    of_month = number.day if isinstance(number, Period) else int(number.readings[0])
    ahead = [today + timedelta(days=days) for days in range(-7, 62)]
    wanted = {day.weekday() for day in weekday.readings}
    days = tuple(day for day in ahead if day.day == of_month and day.weekday() in wanted)
    if not days and isinstance(number, Amount):
        return (weekday,)
    return (replace(weekday, says=f"{weekday.says} {number.says}", readings=days[:1]),)


def _overlap(one: Spoken, other: Spoken) -> bool:
    return one.start < other.end and other.start < one.end


def _plain(one: Spoken) -> bool:
    return len(one.measures) == 1 and isinstance(one.measures[0], Amount) and not one.measures[0].unit


def _counts(text: str, one: Spoken) -> bool:
    """Whether a noun follows at once: "at 8 shops" names no hour."""
    follows = NOUN.match(text, one.end, one.end + 24)
    return bool(follows and content(follows.group()))


def _idle(words: str, rest: str, measures: tuple[Measure, ...]) -> bool:
    """Whether the words are "one" alone, a rate ("a month"), or the front of a longer word ("forty-third")."""
    last = measures[-1]
    spelled = words[-1:].isalpha() and isinstance(last, Amount) and not last.unit  # "24-page" counts all the same
    joined = len(rest) == 2 and rest[0] == "-" and rest[1].isalpha() and spelled
    rate = isinstance(last, Span) and bool(RATE.fullmatch(words))
    return words in ONES or rate or joined


def _placed(text: str, at: tuple[int, int], measures: tuple[Measure, ...]) -> Spoken:
    """Return the value at `at`, a stretch of the plain text."""
    start, end = normalise(text).original(*at)
    return Spoken(kind_of(measures), start, end, text[start:end], _ranged(measures), text, at)


def _ranged(measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
    """Return "3 to 5 days" as three days and five days."""
    first, last = measures[0], measures[-1]
    if len(measures) < 2 or not isinstance(first, Amount) or isinstance(last, Amount) and not last.unit:
        return measures
    if isinstance(last, Day):
        return tuple(one for one in (_begun(first, last), last) if one)
    if isinstance(last, Hours):
        return measures[1:]
    if isinstance(last, Span):
        low = first.readings[0] * last.unit
        return (replace(last, low=low, high=low), last)
    if isinstance(last, Amount | Percent | Price | Times):
        return (replace(last, readings=first.readings), last)
    return measures


def _begun(first: Amount, last: Day) -> Day | None:
    """Return the first day of "8-15 May", or of "30 to 2 May" a month earlier; None where it can be none."""
    number = int(first.readings[0])
    if not dated(last.says) or not last.readings or number != first.readings[0] or not 1 <= number <= 31:
        return None
    ends = last.readings[0]
    month = ends if number < ends.day else ends.replace(day=1) - timedelta(days=1)
    try:
        return replace(last, readings=(month.replace(day=number),), clock=None)
    except ValueError:
        return None


def kind_of(measures: tuple[Measure, ...]) -> Kind:
    return next(kind for types, kind in KINDS if isinstance(measures[-1], types))
