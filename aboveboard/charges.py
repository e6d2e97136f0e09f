"""Costs that a fact adds to a price, or to what is free, and the copy leaves out."""

from dataclasses import dataclass
from typing import Literal

from aboveboard.agreeing import share_a_word
from aboveboard.known import Known
from aboveboard.measures import Price
from aboveboard.spoken import Spoken

CHARGES = frozenset(
    "fee fees charge charges charged surcharge supplement postage delivery adds added plus deposit extra minimum "
    "compulsory mandatory due insurance tax cleaning "
    "gebühr gebühren zuschlag zzgl zuzüglich versand aufpreis pauschale kaution nebenkosten pflicht "
    "gastos suplemento recargo tasa tasas envío fianza comisión obligatorio obligatoria "
    "frais supplément livraison port caution commission obligatoire "
    "spese supplemento commissione consegna cauzione obbligatoria obbligatorio tassa".split()
)
RENEWED = frozenset(
    "then afterwards after thereafter renews renewed following subsequently converts becomes "
    "danach anschließend anschliessend verlängert wird luego después renueva entonces "
    "puis ensuite reconduit renouvelle poi dopo rinnova diventa".split()
)
# What goes on: without one of these a second price is that of another day, not of another month.
RECURRING = tuple(
    "month week year quarter renew subscri rolling trial plan abo monat woche jahr quartal verlänger mes seman "
    "año renuev suscrip mois semaine année reconduit abonn mese settiman anno rinnov".split()
)
RETURNED = frozenset(
    "refunded refundable returned erstattet zurück reembolsable devuelve remboursé restituita".split()
)
INCLUDED = frozenset(
    "including included includes inklusive inkl incluye incluido compris inclus incluso inclusa".split()
)


@dataclass(frozen=True)
class Omitted:
    """A sum that a fact adds now (a fee) or later (a renewal) and the copy leaves out."""

    kind: Literal["fee", "renewal"]
    says: str
    fact: str


def left_out(one: Spoken, said: tuple[Spoken, ...], facts: Known) -> Omitted | None:
    """Return what a fact adds to the price or the free thing `one`, where the copy doesn't tell it."""
    price = one.measures[-1]
    if not isinstance(price, Price):
        return None
    told = {reading for other in said for m in other.measures if isinstance(m, Price) for reading in m.readings}
    for fact, values in facts:
        for value in values if _priced(one, price, values) else ():
            sum_, kind = value.measures[-1], _added(value)
            if kind and isinstance(sum_, Price) and sum_.readings[0] > 0 and not told & set(sum_.readings):
                what = "adds" if kind == "fee" else "goes on at"
                return Omitted(kind, f"'{one.quote}': {fact.id} {what} {value.quote}", fact.id)
    return None


def _priced(one: Spoken, price: Price, values: tuple[Spoken, ...]) -> bool:
    """Whether the fact is the one that gives the price, or speaks of what is said to be free."""
    if price.readings[0]:
        return any(
            isinstance(value.measures[-1], Price) and set(price.readings) & set(value.measures[-1].readings)
            for value in values
        )
    words = {word for value in values for word in value.sentence}
    return share_a_word(one.sentence, words)


def _added(value: Spoken) -> Literal["fee", "renewal"] | None:
    near = {*value.before, *value.after}
    if near & INCLUDED or near & RETURNED:
        return None
    if set(value.before) & RENEWED and any(word.startswith(RECURRING) for word in value.sentence):
        return "renewal"
    return "fee" if near & CHARGES else None
