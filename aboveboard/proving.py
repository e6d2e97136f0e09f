"""Can the brief prove it? Words and values in a quote against the facts that are meant to excuse them."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from aboveboard.agreeing import agrees, covered, offered, related, statements, values_of
from aboveboard.brief import Fact, moment, usable
from aboveboard.days import dated, decimal
from aboveboard.finding import Copy, Evidence
from aboveboard.measures import Amount, Clock, Day, Few, Measure, Percent, Price, Span, Times, numbers_in, read_day
from aboveboard.normal import fold, normalise, sentence
from aboveboard.patterns import meetings
from aboveboard.policy import Excuse
from aboveboard.spoken import ENDS

# Up to here a reader who sees the shelf would call it "a few"; beyond it "almost gone" is a sales trick.
SMALL_STOCK = 10
# "When they're gone, they're gone" is fair beside the number itself, up to what one shop window could hold.
TOLD_STOCK = 100
# "Last chance" is fair while the end is at most the day after tomorrow: the reader still has to hurry by then.
LAST_CALL_DAYS = 2
SLASHED = re.compile(r"^\d{1,2}/\d{1,2}$")  # "24/7" and "4/5" are rarely dates
WEIGHT = {"supported": 0, "contradicted": 1, "expired": 2, "unsupported": 3}
FITS: dict[str, tuple[type, ...]] = {
    "date": (Day, Clock),
    "duration": (Span,),
    "quantity": (Amount, Few, Times),
    "percent": (Percent,),
    "price": (Price,),
    "words": (),
}


def prove(excuses: tuple[Excuse, ...], quote: str, measures: tuple[Measure, ...], copy: Copy) -> list[Evidence]:
    """Return what the facts say to `quote`: one evidence for each value in it, or one for its words.

    Each is supported, contradicted, expired or unsupported; the quote stands only if all are supported.
    """
    spoken = [excuse for excuse in excuses if excuse.matches == "words"]
    if spoken:
        worded = _words(quote, copy)
        if worded.kind == "supported" or len(spoken) == len(excuses):
            return [worded]
    weighed = [
        _best(_weigh(excuse, measure, quote, copy) for excuse in fitting)
        for measure, fitting in _fit(excuses, measures)
    ]
    return weighed or [_best(_unmeasured(excuse, quote, copy) for excuse in excuses)]


def _fit(excuses: tuple[Excuse, ...], measures: tuple[Measure, ...]) -> list[tuple[Measure, list[Excuse]]]:
    pairs = [
        (measure, [excuse for excuse in excuses if isinstance(measure, FITS[excuse.matches])])
        for measure in measures
    ]
    return [(measure, fitting) for measure, fitting in pairs if fitting]


def _best(evidence: Iterable[Evidence]) -> Evidence:
    return min(evidence, key=lambda one: WEIGHT[one.kind])


def _weigh(excuse: Excuse, measure: Measure, quote: str, copy: Copy) -> Evidence:
    """Return the evidence for one value under one excuse, the fact that proves it first."""
    verdicts = [_against(excuse, measure, fact, quote, copy) for fact in copy.facts]
    told = [verdict for verdict in verdicts if verdict is not None]
    if told:
        return _best(told)
    return Evidence(kind="unsupported", says=f"'{measure.says}': no fact gives {_wanted(excuse)}")


def _against(excuse: Excuse, measure: Measure, fact: Fact, quote: str, copy: Copy) -> Evidence | None:
    """Return what one fact says to the value, or None where it has nothing to say."""
    if isinstance(measure, Day | Clock | Span):
        when = fact.starts if excuse.fact == "starts" else fact.ends
        if when is None:
            return None
        agreed = _when(measure, when, copy) or excuse.fact == "starts" and _eve(measure, fact, quote, copy)
        told = f"{excuse.fact} {_shown(when, copy)}"
    else:
        values = _values(excuse, fact, measure, copy)
        if not values:
            return None
        modestly = excuse.fact != "stock"
        agreed = any(agrees(measure, value, SMALL_STOCK, modestly=modestly) for value in values)
        if not agreed and excuse.fact != "stock" and not related(quote, fact, copy):
            return None
        told = f"{'stock' if excuse.fact == 'stock' else 'says'} {', '.join(value.says for value in values)}"
    return _evidence(measure.says, fact, agreed, told, copy)


def _evidence(says: str, fact: Fact, agreed: bool, told: str, copy: Copy) -> Evidence | None:
    if usable(fact, copy.at, copy.zone):
        kind = "supported" if agreed else "contradicted"
        return Evidence.model_validate({"kind": kind, "says": f"'{says}': {fact.id} {told}", "fact": fact.id})
    if agreed:
        return Evidence(kind="expired", says=f"'{says}': {fact.id} {told}, which is over by then", fact=fact.id)
    return None


def _values(excuse: Excuse, fact: Fact, measure: Measure, copy: Copy) -> tuple[Measure, ...]:
    if excuse.fact == "stock":
        return () if fact.stock is None else (Amount(says=str(fact.stock), readings=(float(fact.stock),)),)
    values = [value for value in values_of(fact, copy) if comparable(measure, value)]
    if isinstance(fact.value, int | float) and isinstance(measure, Percent | Price | Times):
        # A bare value doesn't say its unit: it may prove a number of any kind, and contradict only a plain one.
        values += [measure] if float(fact.value) in measure.readings else []
    return tuple(values)


def comparable(measure: Measure, value: Measure) -> bool:
    """Whether the two are of one kind; a plain count is never compared with a measured amount."""
    if isinstance(measure, Few):
        return isinstance(value, Amount) and not value.unit
    if isinstance(measure, Amount) and isinstance(value, Amount):
        return bool(measure.unit) == bool(value.unit)
    if isinstance(measure, Price) and isinstance(value, Price):
        return measure.currency == value.currency
    return type(measure) is type(value)


def _when(measure: Day | Clock | Span, when: date | datetime, copy: Copy) -> bool:
    """Whether day, time of day or time left point at the moment the fact gives."""
    zone = ZoneInfo(measure.zone) if isinstance(measure, Day) and measure.zone else copy.zone
    last = moment(when, copy.zone, end_of_day=True).astimezone(zone)
    if isinstance(measure, Clock):
        return isinstance(when, datetime) and measure.clock == last.timetz().replace(tzinfo=None)
    if isinstance(measure, Span):
        return _left(measure, last, copy.at.astimezone(copy.zone))
    if isinstance(when, datetime) and measure.clock and measure.clock != last.time().replace(second=0):
        return False
    # Midnight ends the day before it: a fact that ends at 00:00 agrees with "Sunday at midnight", not with Monday.
    return (last - timedelta(seconds=1)).date() in measure.readings


def _eve(measure: Measure, fact: Fact, quote: str, copy: Copy) -> bool:
    """Whether what the fact is about is said to end on the day before the fact begins."""
    if not isinstance(measure, Day) or fact.starts is None:
        return False
    begins = moment(fact.starts, copy.zone).astimezone(copy.zone).date()
    if begins - timedelta(days=1) not in measure.readings:
        return False
    place = max(0, copy.text.find(quote))
    said = fold(copy.text[sentence(copy.text, place, place + len(quote))[0] : place + len(quote)])
    ahead = said[: max(0, said.rfind(measure.says))]
    return bool(ENDS.search(ahead)) and related(ahead, fact, copy)


def _left(span: Span, end: datetime, at: datetime) -> bool:
    if span.unit >= 24:
        # "3 days left" may count today or not; longer units are said roughly, by the day.
        days = (end.date() - at.date()).days
        slack = 1 if span.unit <= 168 else 2
        return span.low / 24 - slack <= days <= span.high / 24 + (slack if span.unit > 24 else 0)
    hours = (end - at).total_seconds() / 3600
    return span.low - span.unit <= hours <= span.high + span.unit


def _unmeasured(excuse: Excuse, quote: str, copy: Copy) -> Evidence:
    """Return the evidence for pressure that names no value: "last chance", "almost gone"."""
    if excuse.fact in ("ends", "starts") and excuse.matches in ("date", "duration"):
        return _last_call(excuse, quote, copy)
    if excuse.fact == "stock":
        return _told_stock(quote, copy) or _weigh(excuse, Few(says=quote), quote, copy)
    if excuse.matches == "words":
        return _words(quote, copy)
    return Evidence(kind="unsupported", says=f"'{quote}' states nothing that a fact could prove")


def _told_stock(quote: str, copy: Copy) -> Evidence | None:
    """Return the support of a stock that the sentence itself tells: the reader can judge how little it is."""
    place = copy.text.find(quote)
    start, end = sentence(copy.text, place, place + len(quote))
    told = [number for language in (copy.language, "en") for number in numbers_in(copy.text[start:end], language)]
    for fact in copy.facts:
        said = any(isinstance(n, Amount) and not n.unit and fact.stock in n.readings for n in told)
        if fact.stock and fact.stock <= TOLD_STOCK and said and usable(fact, copy.at, copy.zone):
            says = f"'{quote}': {fact.id} stock {fact.stock}, and the copy says so"
            return Evidence(kind="supported", says=says, fact=fact.id)
    return None


def _last_call(excuse: Excuse, quote: str, copy: Copy) -> Evidence:
    today = copy.at.astimezone(copy.zone).date()
    for fact in copy.facts:
        when = fact.starts if excuse.fact == "starts" else fact.ends
        if when is None or not usable(fact, copy.at, copy.zone):
            continue
        near = moment(when, copy.zone).astimezone(copy.zone).date() <= today + timedelta(days=LAST_CALL_DAYS)
        if near and any(_when(day, when, copy) for day in _days_said(copy)):
            told = f"'{quote}': {fact.id} {excuse.fact} {_shown(when, copy)}, and the copy says so"
            return Evidence(kind="supported", says=told, fact=fact.id)
    return Evidence(
        kind="unsupported", says=f"'{quote}' names no day, and no fact that ends within two days is dated"
    )


def _days_said(copy: Copy) -> list[Day]:
    at = copy.at.astimezone(copy.zone)
    days = []
    for language in dict.fromkeys((copy.language, "en")):
        for meeting in meetings(("{date}",), language, fold(copy.text)):
            days.append(read_day(meeting.caught[0][1], language, at))
    return [day for day in days if day]


def contrary_dates(copy: Copy) -> list[tuple[int, int, Evidence]]:
    """Return each calendar date in `copy` that no fact has, where facts have dates: start, end, evidence."""
    said = _dates_in(copy)
    spans = [span for fact in copy.facts for span in _calendar(fact, copy)] if said else []
    contrary = []
    for start, end, day in said if spans else []:
        if not any(first <= reading <= last for first, last in spans for reading in day.readings):
            known = ", ".join(dict.fromkeys(known.isoformat() for span in spans for known in span))
            told = f"'{copy.text[start:end]}': the facts' dates are {known}"
            first, last = sentence(copy.text, start, end)
            same = any(related(copy.text[first:last], fact, copy) for fact in copy.facts if _calendar(fact, copy))
            contrary.append((start, end, Evidence(kind="contradicted" if same else "unsupported", says=told)))
    return contrary


def _calendar(fact: Fact, copy: Copy) -> list[tuple[date, date]]:
    """Return the stretches of days `fact` covers: from start to end, and days that it or its offers name."""
    at = copy.at.astimezone(copy.zone)
    limits = [moment(when, copy.zone).astimezone(copy.zone) for when in (fact.starts, fact.ends) if when]
    # An end at 00:00 may be told as the midnight of the day before.
    spans = [((min(limits) - timedelta(seconds=not fact.starts)).date(), max(limits).date())] if limits else []
    for text, language in (*statements(fact, copy), *offered(fact, copy)):
        for meeting in meetings(("{date}",), language, fold(text)):
            day = read_day(meeting.caught[0][1], language, at)
            spans += [(reading, reading) for reading in (day.readings if day else ())]
    return spans


def _dates_in(copy: Copy) -> list[tuple[int, int, Day]]:
    """Return the dates of `copy` that name a day of a month; weekdays alone may recur, so they assert nothing."""
    plain, at = normalise(copy.text), copy.at.astimezone(copy.zone)
    if not re.search(r"\d", plain.text):
        return []
    found = []
    for language in dict.fromkeys((copy.language, "en")):
        for meeting in meetings(("{date}",), language, plain.text):
            words = meeting.caught[0][1]
            day = read_day(words, language, at) if dated(words) and not SLASHED.search(words) else None
            place = plain.original(meeting.start, meeting.end)
            if day and not decimal(copy.text, *place, language):
                found.append((*place, day))
    return list({(start, end): (start, end, day) for start, end, day in found}.values())


def _words(quote: str, copy: Copy) -> Evidence:
    for fact in copy.facts:
        if covered(quote, fact, copy):
            kind = "supported" if usable(fact, copy.at, copy.zone) else "expired"
            return Evidence.model_validate(
                {"kind": kind, "says": f"'{quote}': {fact.id} says so", "fact": fact.id}
            )
    return Evidence(kind="unsupported", says=f"'{quote}': no fact says so")


def _wanted(excuse: Excuse) -> str:
    return {"ends": "an end", "starts": "a start", "stock": "a stock"}.get(excuse.fact, f"such a {excuse.matches}")


def _shown(when: date | datetime, copy: Copy) -> str:
    if isinstance(when, datetime):
        return when.astimezone(copy.zone).strftime("%Y-%m-%d %H:%M")
    return when.isoformat()
