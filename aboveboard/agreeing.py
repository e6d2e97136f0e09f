"""Whether two values agree, and whether a fact's words cover a claim's words."""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import lru_cache

from aboveboard.brief import Fact, Said
from aboveboard.finding import Copy
from aboveboard.measures import Amount, Few, Measure, Percent, Price, Span, Times, numbers_in
from aboveboard.normal import fold

# "Almost 2,000" may stand for 1,900, and "about" for five in a hundred either way; more is another number.
ROUNDING = 0.05
SMALLEST = {
    "cl": ("ml", 10),
    "l": ("ml", 1000),
    "kg": ("g", 1000),
    "t": ("g", 10**6),
    "cm": ("mm", 10),
    "m": ("mm", 1000),
    "km": ("mm", 10**6),
    "kw": ("w", 1000),
    "tb": ("gb", 1000),
}
OFF = frozenset(
    "off discount rabatt günstiger cheaper descuento rebaja réduction remise sconto "
    "reduced instead sale statt reduziert rebajado réduit soldes ridotto saldi".split()
)
# "50% less plastic" isn't proven by "50% recycled plastic": which way a number points is part of the claim.
WAYS = (
    frozenset(
        "less fewer lower weniger geringer menos moins meno reduces reduced saves saving spart ahorra below down "
        "reduziert reducida reducido réduite réduit ridotta ridotto ridotte ridotti "
        "drop fell baisse baja calo unter gesunken".split()
    ),
    frozenset("more higher extra mehr höher más plus più increases increased".split()),
    OFF,
    frozenset("recycled recycelt reciclado recyclé riciclato rezyklat rezykliert reciclada".split()),
)
COMPOUND = 5  # letters that a last part of a compound has at least
PLURALS = frozenset(("s", "es", "n", "en", "e", "er", "x", "i"))
WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
# Words that carry no claim of their own, in the five languages the patterns know.
HOLLOW = frozenset(
    "the and for our your you with that this from are was has have its his her their they them all any can will "
    "more than over just only also now out get one who been each into about since "
    "der die das und für mit von den dem des ein eine einen einem einer ist sind war wird wir ihr euer eure unser "
    "unsere auf aus bei nur auch als mehr über zum zur sich seit "
    "los las una uno del por para con que está son era más nuestro nuestra tus sus desde como "
    "les des une pour avec dans est sont nos vos plus sur par aux notre votre "
    "gli dei della delle per che con una sono nostra nostro più dal nel".split()
)


def agrees(said: Measure, known: Measure, small: int, *, modestly: bool = True) -> bool:
    """Whether what is said fits what is known: equal, or within the bound the words give themselves.

    `small` is the largest number that "a few" may stand for. With `modestly` a large count may be rounded down
    ("2,000 readers" for 2,140): that boasts of nothing. A stock is never rounded: there, less is the boast.
    """
    if isinstance(said, Few):
        return isinstance(known, Amount) and 0 < known.readings[0] <= small
    if isinstance(said, Span) and isinstance(known, Span):
        return (said.low, said.high) == (known.low, known.high)
    if not isinstance(said, Amount | Percent | Price | Times) or type(said) is not type(known):
        return False
    if isinstance(said, Amount) and isinstance(known, Amount):
        said, known = _plain(said), _plain(known)
        if said.unit != known.unit:
            return False
    bound = "exactly" if isinstance(said, Times) else said.bound
    rounding = modestly and isinstance(said, Amount) and not said.unit
    pairs = [(a, b) for a in said.readings for b in known.readings]
    return any(_within(bound, a, b) or rounding and a in _rounded_down(b) for a, b in pairs)


def _rounded_down(number: float) -> tuple[float, ...]:
    """Return `number` cut to its first digit and to its first two, if it has three or more."""
    places = len(str(int(number)))
    return tuple(number // 10**cut * 10**cut for cut in (places - 1, places - 2)) if places > 2 else ()


def _within(bound: str, said: float, known: float) -> bool:
    if bound == "at least":
        return said <= known
    if bound == "at most":
        return 0 < known <= said
    if bound == "about":
        return abs(said - known) <= ROUNDING * max(said, known)
    return said == known


def same_unit(one: Amount, other: Amount) -> bool:
    """Whether the two are measured in one kind of unit, millilitres and litres alike."""
    return _plain(one).unit == _plain(other).unit


@lru_cache(maxsize=1024)
def _plain(amount: Amount) -> Amount:
    """Return `amount` in the smallest unit of its kind: 0.75 l as 750 ml."""
    small, factor = SMALLEST.get(unit(amount.unit), (unit(amount.unit), 1))
    readings = tuple(round(reading * factor, 6) for reading in amount.readings)
    return replace(amount, unit=small, readings=readings)


@lru_cache(maxsize=1024)
def unit(words: str) -> str:
    """Return one spelling for the units that are spelled in many ways."""
    same = {
        "l": "litre litres liter liters litro litros litri l",
        "g": "gram grams gramm g",
        "kg": "kilo kilos kg",
        "m": "metre metres meter meters metros m",
        "t": "tonne tonnes tons tonnen toneladas t",
        "h": "h hr hrs hour hours std stunde stunden hora horas heure heures ora ore",
        "d": "d day days tag tage tagen día días jour jours giorno giorni",
        "min": "min mins minute minutes minuten minutos minuto minuti",
        "year": "year years jahr jahre jahren año años an ans année années anno anni",
        "month": "month months monat monate monaten mes meses mois mese mesi",
        "week": "wk wks week weeks woche wochen semana semanas semaine semaines settimana settimane",
    }
    return next((short for short, names in same.items() if words in names.split()), words)


def values_of(fact: Fact, copy: Copy) -> tuple[Measure, ...]:
    """Return every number `fact` states: in its statement, as value or stock, in the prices resting on it."""
    stated = (*statements(fact, copy), *offered(fact, copy))
    found = [measure for text, language in stated for measure in numbers_in(text, language)]
    if isinstance(fact.value, str):
        found += numbers_in(fact.value, copy.default_language)
    found += [_amount(number) for number in (fact.value, fact.stock) if isinstance(number, int | float)]
    for offer in copy.offers:
        if offer.fact == fact.id and offer.currency:
            sums = [money for money in (offer.price, offer.was) if money is not None]
            found += [_price(money, offer.currency) for money in sums]
    return tuple(dict.fromkeys(found))


def statements(fact: Fact, copy: Copy) -> tuple[tuple[str, str], ...]:
    """Return what `fact` states in all its wordings, each with its language."""
    return tuple(told for saying in fact.sayings for told in _told(saying, copy))


def offered(fact: Fact, copy: Copy) -> tuple[tuple[str, str], ...]:
    """Return what the offers that rest on `fact` say, terms included, each with its language."""
    offers = [offer for offer in copy.offers if offer.fact == fact.id]
    return tuple(told for offer in offers for words in (offer.says, offer.terms) for told in _told(words, copy))


def _told(words: Said, copy: Copy) -> tuple[tuple[str, str], ...]:
    if isinstance(words, str):
        return ((words, copy.default_language),)
    return tuple((text, language) for language, text in words.items())


def _amount(number: float) -> Measure:
    return Amount(says=f"{number:g}", readings=(float(number),))


def _price(money: float, currency: str) -> Measure:
    return Price(says=f"{money:g} {currency}", readings=(money,), currency=currency)


def same_way(said: Iterable[str], known: Iterable[str]) -> bool:
    """Whether two sets of words point one way: "less" and "recycled" tell different things of one percentage."""
    ours, theirs = set(said), set(known)
    untold = not any(theirs & way for way in WAYS)  # "20 % on all cases": that it's off the price goes unsaid
    return all(bool(ours & way) <= bool(theirs & way) or untold and way is OFF for way in WAYS)


def covered(claim: str, fact: Fact, copy: Copy) -> bool:
    """Whether every content word and number of `claim` stands in one statement of `fact`, endings aside."""
    wanted = content(claim)
    return bool(wanted) and any(_covers(text, wanted) for text, _ in statements(fact, copy))


def related(claim: str, fact: Fact, copy: Copy) -> bool:
    """Whether `claim` shares a content word with `fact`: the least that makes two numbers comparable."""
    words = [word for word in content(claim) if not word.isdigit()]
    return any(_covers(text, (word,)) for text, _ in statements(fact, copy) for word in words)


def _covers(text: str, wanted: tuple[str, ...]) -> bool:
    known = content(text)
    return all(any(alike(word, other) for other in known) for word in wanted)


@lru_cache(maxsize=4096)
def content(text: str) -> tuple[str, ...]:
    """Return the words of `text` that carry a claim, folded, in order."""
    return telling_words(fold(text))


@lru_cache(maxsize=1024)
def telling_words(plain: str) -> tuple[str, ...]:
    """Return the words of a text already made plain that carry a claim, in order."""
    return tuple(
        dict.fromkeys(
            [word for word in WORD.findall(plain) if word not in HOLLOW and (len(word) > 2 or word[0].isdigit())]
        )
    )


def alike(one: str, other: str) -> bool:
    """Whether two folded words differ in their ending at most: "certified" and "certificate"."""
    if one == other:
        return True
    if one[0].isdigit() or other[0].isdigit():
        return False
    short, long = sorted((one, other), key=len)
    if len(short) >= 3 and long.startswith(short) and long[len(short) :] in PLURALS:
        return True
    if len(short) >= COMPOUND and long.endswith(short):  # "Karten" in "Restkarten"
        return True
    shared = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return shared >= 4 and max(len(one), len(other)) - shared <= 4


def share_a_word(said: Iterable[str], known: Collection[str]) -> bool:
    """Whether one of the words said is alike one of those known, numbers aside."""
    words = [word for word in said if not word[0].isdigit()]
    if not set(words).isdisjoint(known):
        return True
    # Words that are alike begin alike, or one ends the other: few pairs need the closer look.
    starts: dict[str, list[str]] = {}
    for word in known:
        starts.setdefault(word[:3], []).append(word)
    return any(alike(word, other) for word in words for other in starts.get(word[:3], ())) or any(
        min(len(word), len(other)) >= COMPOUND and (word.endswith(other) or other.endswith(word))
        for word in words
        for other in known
    )
