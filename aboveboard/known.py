"""What the facts of a brief give: every value in their words, in their fields, in the offers that rest on them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aboveboard.agreeing import content, offered, statements
from aboveboard.brief import Fact, usable
from aboveboard.finding import Copy
from aboveboard.measures import Amount, Day, Measure, Price
from aboveboard.spoken import Spoken, kind_of, spoken


@dataclass(frozen=True)
class Given(Spoken):
    """A value in a field of a fact: all the fact's words say what it is about."""

    words: tuple[str, ...] = ()

    @property
    def after(self) -> tuple[str, ...]:
        return self.words

    @property
    def sentence(self) -> tuple[str, ...]:
        return self.words

    @property
    def heads(self) -> tuple[str, ...]:
        return ()


Known = tuple[tuple[Fact, tuple[Spoken, ...]], ...]


def known(copy: Copy) -> Known:
    """Return the facts a post at that time may rest on, each with the values it gives."""
    return tuple((fact, known_of(fact, copy)) for fact in copy.facts if usable(fact, copy.at, copy.zone))


def known_of(fact: Fact, copy: Copy) -> tuple[Spoken, ...]:
    """Return every value that `fact` gives."""
    today = copy.at.astimezone(copy.zone).date()
    texts = (*statements(fact, copy), *offered(fact, copy))
    told = [value for text, language in texts for value in spoken(text, language, today)]
    if isinstance(fact.value, str):
        told += spoken(fact.value, copy.default_language, today)
    words = tuple(dict.fromkeys(word for text, _ in texts for word in content(text)))
    return (*told, *_days(fact, copy, words), *_numbers(fact, told, words), *_prices(fact, copy, words))


def _days(fact: Fact, copy: Copy, words: tuple[str, ...]) -> Iterator[Spoken]:
    for when, name in ((fact.starts, "starts"), (fact.ends, "ends")):
        if when:
            yield _field((_day(when, copy),), f"{name} {when}", words)
    if fact.starts and fact.ends:
        stretch = (_day(fact.starts, copy), _day(fact.ends, copy))
        yield _field(stretch, f"from {fact.starts} to {fact.ends}", words)


def _day(when: date | datetime, copy: Copy) -> Day:
    if not isinstance(when, datetime):
        return Day(says=f"{when}", readings=(when,))
    local = when.astimezone(copy.zone)
    # An end at 00:00 may be told as the midnight of the day before.
    days = dict.fromkeys((local.date(), (local - timedelta(seconds=1)).date()))
    return Day(says=f"{when}", readings=tuple(days), clock=local.time())


def _numbers(fact: Fact, told: list[Spoken], words: tuple[str, ...]) -> Iterator[Spoken]:
    """Yield the value and the stock; a value that the words tell too is better read there, in its company."""
    given = {number for one in told for measure in one.measures for number in getattr(measure, "readings", ())}
    if isinstance(fact.value, int | float) and fact.value not in given:
        yield _field((_amount(fact.value),), f"value {fact.value:g}", words)
    if fact.stock is not None:
        yield _field((_amount(fact.stock),), f"stock {fact.stock}", words)


def _amount(number: float) -> Amount:
    return Amount(says=f"{number:g}", readings=(float(number),))


def _prices(fact: Fact, copy: Copy, words: tuple[str, ...]) -> Iterator[Spoken]:
    for offer in copy.offers:
        if offer.fact == fact.id and offer.currency:
            for money in (offer.price, offer.was):
                if money is not None:
                    says = f"{money:g} {offer.currency}"
                    yield _field((Price(says=says, readings=(money,), currency=offer.currency),), says, words)


def _field(measures: tuple[Measure, ...], says: str, words: tuple[str, ...]) -> Spoken:
    return Given(kind_of(measures), 0, 0, says, measures, words=words)
