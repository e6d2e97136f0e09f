"""The guard of signs in words: a rule's cues, unless the sentence makes them innocent or a fact excuses them."""

from collections.abc import Iterator

from aboveboard.finding import Copy, Evidence, Finding, Support
from aboveboard.guarding import found
from aboveboard.measures import Measure, read
from aboveboard.normal import sentence
from aboveboard.patterns import Meeting, places, sightings
from aboveboard.policy import Rule
from aboveboard.proving import prove


def inspect(rule: Rule, copy: Copy) -> tuple[list[Finding], list[Support]]:
    """Find the cues of `rule` in the copy's own language and in English, and ask the facts about each.

    With `options: {unless_in: text}` the words of `unless` make a cue innocent from anywhere in the text; with
    `quote` only where they share a letter with it.
    """
    findings: list[Finding] = []
    supports: list[Support] = []
    for language, meeting in cues_met(rule, copy):
        start, end = meeting.start, meeting.end
        quote = copy.text[start:end]
        evidence = _evidence(rule, copy, quote, values(meeting, language, copy))
        if all(one.kind == "supported" for one in evidence):
            supports += [supported(rule, copy, start, end, one) for one in evidence]
        else:
            findings.append(found(rule, copy, start, end, evidence))
    return findings, supports


def cues_met(rule: Rule, copy: Copy) -> Iterator[tuple[str, Meeting]]:
    """Yield each cue met, in places of the text as written, with the language it was met in.

    Those with innocent company in their sentence are left out.
    """
    for language in dict.fromkeys((copy.language, "en")):
        for meeting in sightings(rule.cues.get(language, ()), language, copy.text):
            if not _innocent(rule, copy, meeting):
                yield language, meeting


def _innocent(rule: Rule, copy: Copy, meeting: Meeting) -> bool:
    start, end = _company(rule, copy, meeting.start, meeting.end)
    return any(
        at < end and start < until
        for language in dict.fromkeys((copy.language, "en"))
        for at, until in places(rule.unless.get(language, ()), language, copy.text)
    )


def _company(rule: Rule, copy: Copy, start: int, end: int) -> tuple[int, int]:
    """Return the stretch around a quote in which the words of `unless` count: its sentence, if not said else."""
    reach = rule.options.get("unless_in", "sentence")
    if reach == "text":
        return 0, len(copy.text)
    return (start, end) if reach == "quote" else sentence(copy.text, start, end)


def values(meeting: Meeting, language: str, copy: Copy) -> tuple[Measure, ...]:
    """Return what the placeholders of a cue caught, as values."""
    at = copy.at.astimezone(copy.zone)
    read_values = [read(name, words, language, at) for name, words in meeting.caught]
    return tuple(value for value in read_values if value is not None)


def supported(rule: Rule, copy: Copy, start: int, end: int, evidence: Evidence) -> Support:
    """Return the support that `evidence` gives to `copy.text[start:end]`."""
    return Support(
        rule=rule.id,
        asset=copy.asset,
        start=start,
        end=end,
        quote=copy.text[start:end],
        fact=evidence.fact or "",
        says=evidence.says,
    )


def _evidence(rule: Rule, copy: Copy, quote: str, measures: tuple[Measure, ...]) -> list[Evidence]:
    if not rule.excused_by:
        return [Evidence(kind="cue", says=f"'{quote}' is a sign of {rule.id}, which no fact excuses")]
    return prove(rule.excused_by, quote, measures, copy)
