"""Numbers that no fact states and the facts give all the same: a difference, a sum, a share, an age."""

from collections.abc import Sequence
from itertools import combinations, permutations

from aboveboard.finding import Copy
from aboveboard.measures import Amount, Measure, Percent, Period, Price, Span
from aboveboard.spoken import Spoken

MOST = 4  # parts of a total: with more of them chance makes any sum
LEAST = 3  # smaller sums and differences come out of any two numbers
NEAR_ENOUGH = 0.03  # of a share told roughly, such as "a third" for 31.8 %
YEAR = 8760.0


def reckoned(one: Spoken, known: Sequence[Spoken], copy: Copy) -> str | None:
    """Return how the facts' values give that of `one`, or None where they don't."""
    said = one.measures[-1]
    values = list(dict.fromkeys(m for value in known for m in value.measures))
    if isinstance(said, Span):
        return _age(said, values, copy)
    if isinstance(said, Percent):
        return _share(said, values)
    if isinstance(said, Amount | Price):
        return _sum(said, values)
    return None


def _age(said: Span, values: list[Measure], copy: Copy) -> str | None:
    years = [y for value in values if (y := _year(value))]
    told = said.low / YEAR
    spans = {abs(a - b): f"{a} to {b}" for a in (*years, copy.at.year) for b in years}
    return spans.get(round(told)) if told >= 1 and told == round(told) else None


def _year(value: Measure) -> int | None:
    if isinstance(value, Period):
        return value.year
    plain = isinstance(value, Amount) and not value.unit and 1500 <= value.readings[0] <= 2100
    return int(value.readings[0]) if plain and isinstance(value, Amount) else None


def _share(said: Percent, values: list[Measure]) -> str | None:
    for value in values:
        plain = isinstance(value, Percent) or isinstance(value, Amount) and not value.unit
        if (
            plain
            and isinstance(value, Percent | Amount)
            and any(abs(100 - value.readings[0] - r) < 0.01 and r != 50 for r in said.readings)
        ):
            return f"the rest of {value.says}"
    for part, whole in permutations([v for v in values if isinstance(v, Amount | Price)], 2):
        if type(part) is type(whole) and 0 < part.readings[0] < whole.readings[0]:
            share = 100 * part.readings[0] / whole.readings[0]
            for reading in said.readings:
                slack = NEAR_ENOUGH * 100 if said.bound == "about" else 0.5
                if abs(share - reading) <= slack or abs(100 - share - reading) <= slack:
                    return f"{part.says} of {whole.says}"
    return None


def _sum(said: Amount | Price, values: list[Measure]) -> str | None:
    alike = [v for v in values if type(v) is type(said) and getattr(v, "unit", "") == getattr(said, "unit", "")]
    for one, other in permutations(alike, 2):
        a, b = one.readings[0], other.readings[0]
        for made, how in ((a - b, "less"), (a + b, "and")):
            if made >= LEAST and any(abs(made - reading) < 0.005 for reading in said.readings):
                return f"{one.says} {how} {other.says}"
    return _total(said, alike) if isinstance(said, Price) else None


def _total(said: Price, parts: list[Amount | Price]) -> str | None:
    """Return three or more prices that make up the one said: fare, fee and tax."""
    for number in range(3, MOST + 1):
        for some in combinations(parts[: 2 * MOST], number):
            if any(abs(sum(part.readings[0] for part in some) - reading) < 0.005 for reading in said.readings):
                return " and ".join(part.says for part in some)
    return None
