"""Put what a fact says where the copy says otherwise: the true date, number or price, or the fact's sentence."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from babel.units import format_unit

from aboveboard.agreeing import alike, content, statements, values_of
from aboveboard.brief import Fact, moment, usable
from aboveboard.days import clock
from aboveboard.finding import Copy, Finding
from aboveboard.measures import Amount, Clock, Day, Measure, Percent, Price, Span, Times, read
from aboveboard.normal import normalise, sentence
from aboveboard.patterns import meetings
from aboveboard.policy import Rule
from aboveboard.proving import TOLD_STOCK, comparable

LEAST_WORDS = 2  # content words of a sentence that a fact may replace; "Hurry!" asks for none
ENOUGH = 0.6  # of a fact's content words: a text that has so many has said it
READ = ("date", "duration", "percent", "price", "times", "measure", "count", "quantity")
BEFORE_A_DAY = {"en": "on ", "de": "am ", "es": "el ", "fr": "le ", "it": ""}
LOCALES = {"en": "en_GB"}  # the day before the month, as the rest of the house writes dates
# What already stands before the date and takes it as it is: "until Sunday", "bis Sonntag".
TAKES_A_BARE_DAY = re.compile(
    r"(?:^|\s)(?:until|till|by|before|after|from|since|through|on|for|bis|vor|ab|nach|seit|am|dal|al|il|fino a|"
    r"entro)(?: the)?\s*$",
    re.IGNORECASE,
)
PREPOSITION = re.compile(r"^(?:on|on the|am|den|dem|el|le|il|this|next|diesen|nächsten)\s+", re.IGNORECASE)
DIGITS = re.compile(r"\d+(?:[.,' ]\d{3})*(?:[.,]\d+)?")


def by_value(copy: Copy, finding: Finding, rule: Rule) -> str | None:
    """Return the copy's text with each date or number of the finding as the fact has it; None if none can be."""
    text, changed = copy.text, False
    for start, end, measure in reversed(list(_measures(copy, finding))):
        true = _true_words(copy, finding, rule, measure, start, end)
        if true is not None and true.casefold() != text[start:end].casefold():
            text, changed = text[:start] + true + text[end:], True
    return text if changed else None


def by_statement(copy: Copy, finding: Finding, rule: Rule) -> str | None:
    """Return the text with a fact's own sentence in place of the finding's; None where no fact has one."""
    start, end = sentence(copy.text, finding.start, finding.end)
    room = copy.text[start:end]
    for fact in _facts(copy, finding, rule):
        told = next((words for words, language in statements(fact, copy) if language == copy.language), None)
        if told and len(content(room)) >= LEAST_WORDS and not _said(told, copy.text):
            said = told if told.rstrip()[-1:] in ".!?…" else f"{told.rstrip()}."
            return copy.text[:start] + said + room[len(room.rstrip()) :] + copy.text[end:]
    return None


def _said(statement: str, text: str) -> bool:
    """Whether `text` says most of `statement` already."""
    words, spoken = content(statement), content(text)
    return sum(any(alike(word, other) for other in spoken) for word in words) >= ENOUGH * len(words)


def _facts(copy: Copy, finding: Finding, rule: Rule) -> Iterator[Fact]:
    """Yield the facts that speak to the finding: those it was held against, else the only one of its kind."""
    good = [fact for fact in copy.facts if usable(fact, copy.at, copy.zone)]
    named = {evidence.fact for evidence in finding.evidence}
    against = [fact for fact in good if fact.id in named]
    yield from against
    if against:
        return
    wanted = [excuse.fact for excuse in rule.excused_by if excuse.fact in {"ends", "starts", "stock"}]
    if rule.options.get("dates"):
        wanted.append("ends")
    for field in dict.fromkeys(wanted):
        having = [fact for fact in good if getattr(fact, field) is not None]
        if len(having) == 1:
            yield having[0]


def _measures(copy: Copy, finding: Finding) -> Iterator[tuple[int, int, Measure]]:
    """Yield the values inside the finding's words: where they stand in the text, and what they are."""
    plain, at = normalise(copy.text), copy.at.astimezone(copy.zone)
    patterns = tuple(f"{{{name}}}" for name in READ)
    for meeting in meetings(patterns, copy.language, plain.text):
        start, end = plain.original(meeting.start, meeting.end)
        if start < finding.end and finding.start < end and end - start <= len(finding.quote) + 8:
            name, words = meeting.caught[0]
            measure = read(name, words, copy.language, at)
            if measure is not None:
                yield start, end, measure


def _true_words(copy: Copy, finding: Finding, rule: Rule, measure: Measure, start: int, end: int) -> str | None:
    for fact in _facts(copy, finding, rule):
        if isinstance(measure, Day | Clock | Span) and (when := fact.ends or fact.starts):
            return _moment_words(copy, measure, when, start, end)
        if isinstance(measure, Amount) and fact.stock is not None and "stock" in {e.fact for e in rule.excused_by}:
            few = fact.stock <= TOLD_STOCK  # "only 4,000 left" would be true, and silly
            return format_decimal(fact.stock, locale=_locale(copy)) if few and not measure.unit else None
        if isinstance(measure, Amount | Percent | Price | Times):
            return _number_words(copy, fact, measure, copy.text[start:end])
    return None


def _moment_words(copy: Copy, measure: Measure, when: date | datetime, start: int, end: int) -> str | None:
    last = moment(when, copy.zone, end_of_day=True).astimezone(copy.zone)
    if isinstance(measure, Span):
        days = (last.date() - copy.at.astimezone(copy.zone).date()).days
        return format_unit(days, "duration-day", locale=_locale(copy)) if days > 0 else None
    day = (last - timedelta(seconds=1)).date()  # midnight ends the day before it
    of = " 'de'" if copy.language == "es" else ""
    year = f"{of} y" if day.year != copy.at.astimezone(copy.zone).year else ""
    form = "EEEE, d. MMMM" if copy.language == "de" else f"EEEE d{of} MMMM"
    words = format_date(day, form + year, locale=_locale(copy))
    first, last_of = sentence(copy.text, start, end)
    if isinstance(when, datetime) and clock(copy.text[first:last_of].casefold()) is None:
        words += f", {format_time(last, 'short', locale=_locale(copy))}"
    return _preposition(copy, copy.text[:start], copy.text[start:end]) + words


def _preposition(copy: Copy, before: str, said: str) -> str:
    """Return what leads to a day here: what the copy has, nothing after "until", else the language's own."""
    kept = PREPOSITION.match(said)
    if kept:
        word = kept[0].strip().casefold()
        return (
            kept[0]
            if word in {"on", "am", "el", "le", "il", "den", "dem"}
            else BEFORE_A_DAY.get(copy.language, "")
        )
    if TAKES_A_BARE_DAY.search(before):
        return "el " if copy.language == "es" else ""
    return BEFORE_A_DAY.get(copy.language, "")


def _number_words(copy: Copy, fact: Fact, measure: Measure, said: str) -> str | None:
    """Return `said` with the fact's number in it, where the fact has just one of the kind, and `said` digits."""
    known = {
        value.readings[0]
        for value in values_of(fact, copy)
        if comparable(measure, value) and isinstance(value, Amount | Percent | Price | Times)
        if not isinstance(measure, Amount) or not isinstance(value, Amount) or measure.unit == value.unit
    }
    if len(known) != 1 or len(DIGITS.findall(said)) != 1:
        return None
    number = known.pop()
    form = "#,##0.00" if isinstance(measure, Price) and number % 1 else None
    return DIGITS.sub(format_decimal(number, format=form, locale=_locale(copy)), said)


def _locale(copy: Copy) -> str:
    return LOCALES.get(copy.language, copy.language)
