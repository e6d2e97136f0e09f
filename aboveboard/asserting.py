"""Whether a value that no fact gives is said of the offer at all, or only in passing: "I've two geese"."""

import re

from aboveboard.finding import Copy
from aboveboard.measures import Amount, Clock, Day, Hours, Percent, Period, Price, Span, Times
from aboveboard.spoken import Spoken

# Below this a number of things is as often said in passing ("three books you loved") as of the offer.
TELLING = 20
ASKED = re.compile(
    r"\b(?:book|order|buy|get|send|register|sign up|apply|reserve|bestell\w*|buch\w*|sicher\w*|melde\w*|"
    r"reserva|pide|compra|commande\w*|réserve\w*|prenota|ordina)\b",
    re.IGNORECASE,
)
NEGATED = re.compile(r"\b(?:not|n't|no|never|nicht|kein\w*|nunca|pas|non|mai)\W+$", re.IGNORECASE)
LASTING = re.compile(
    r"\b(?:within|inside|lasts?|takes?|in|innerhalb|hält|dauert|en|dura|"
    r"dans|tient|dure|entro)\W+(?:\w+\W+){0,1}$",
    re.IGNORECASE,
)
LEFT = re.compile(
    r"^\W*(?:\w+\W+){0,3}(?:left|remain\w*|to go|spots?|places?|seats?|free|übrig|frei|plätze|quedan|plazas|"
    r"restant\w*|places|rimast\w*|posti)\b",
    re.IGNORECASE,
)
COMPARED = re.compile(
    r"^\W*(?:as|so|of|less|fewer|more|off|faster|longer|cheaper|price|weniger|mehr|schneller|menos|más|plus|moins|meno|più)\b",
    re.IGNORECASE,
)
REACH = 40


def asserts(one: Spoken, copy: Copy) -> bool:
    """Whether `one`, which no fact gives, is a claim about the offer that a reader could hold the brand to."""
    before, after = copy.text[max(0, one.start - REACH) : one.start], copy.text[one.end : one.end + REACH]
    value = one.measures[-1]
    if NEGATED.search(before):
        return False
    if isinstance(value, Price):
        return value.readings[0] > 0
    if isinstance(value, Percent):
        return any(sign in one.quote for sign in "%0123456789") or bool(COMPARED.match(after))
    if isinstance(value, Times):
        return bool(COMPARED.match(after)) and value.readings[0] > 1
    if isinstance(value, Clock | Hours):
        return False
    if isinstance(value, Day | Period):
        return one.limits and bool(ASKED.search(before))
    if isinstance(value, Span):
        return bool(LASTING.search(before + one.quote.split(" ")[0] + " "))
    return _counted(value, after) if isinstance(value, Amount) else False


def _counted(value: Amount, after: str) -> bool:
    if value.unit:
        return True
    follows = re.match(r" ?\+? ?[^\W\d_]", after)
    return bool(LEFT.match(after)) or bool(follows) and value.readings[0] >= TELLING and not _year(value)


def _year(value: Amount) -> bool:
    return 1900 <= value.readings[0] <= 2100
