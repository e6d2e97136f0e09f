"""What a chat model is asked to answer, and what its answer is worth: a caption, or what is wrong with it.

A model's words are data from outside: parsed strictly, measured, and never trusted for a link or a fact's id.
"""

import re
import unicodedata

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aboveboard.brief import Brief
from aboveboard.channel import Channel
from aboveboard.commission import Commission
from aboveboard.counting import count
from aboveboard.draft import Caption
from aboveboard.finding import Evidence, Finding, Severity

LONGEST_ANSWER = 100_000  # characters; no post is that long
LONGEST_HEADLINE = 80  # characters; more doesn't fit a card
MODEL_OUTPUT, UNKNOWN_FACT = "model-output", "unknown-fact"
LAYER = "writer"

_FENCE = re.compile(r"\A\s*```(?:json)?\s*(.*?)\s*```\s*\Z", re.DOTALL)
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|\b(?:[a-z0-9-]+\.)+(?:com|org|net|info|shop|store|io|app|dev|eu|de|es|fr|at|ch|uk)\b",
    re.IGNORECASE,
)
_HASHTAG = re.compile(r"(?<!\w)#[^\W\d_]\w*")
_TAG = re.compile(r"\w{1,60}")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff")


class Reply(BaseModel):
    """One post for one channel."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Reply")

    caption: str = Field(description="The post's own words, without web address and hashtags.")
    headline: str = Field(description="Two to seven words for a picture, true on their own.")
    hashtags: list[str] = Field(description="Words without # and without spaces; may be empty.")
    alt_text: str = Field(description="What the picture shows, for someone who can't see it.")
    facts: list[str] = Field(description="Ids of the facts that caption and headline rest on.")


class Understood(BaseModel):
    """What came of an answer. `faults` are sentences for the model to mend; `unknown` are invented fact ids."""

    model_config = ConfigDict(frozen=True)

    caption: Caption | None = None
    faults: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def understood(answer: str, commission: Commission, channel: Channel) -> Understood:
    """Return the caption that `answer` holds and what is wrong with it; lengths in the channel's own unit."""
    if len(answer) > LONGEST_ANSWER:
        return Understood(
            faults=(f"The answer has {len(answer)} characters; a post is a thousand times shorter.",)
        )
    fenced = _FENCE.match(answer)
    try:
        reply = Reply.model_validate_json(fenced[1] if fenced else answer)
    except ValidationError as error:
        return Understood(faults=(_misshapen(error),))
    caption = _tidied(reply, commission)
    faults = (*_form_faults(reply, caption, commission, channel), *_foreign_faults(caption, commission.brief))
    unknown = tuple(dict.fromkeys(fact for fact in reply.facts if commission.brief.fact(fact) is None))
    return Understood(caption=caption if caption.text else None, faults=faults, unknown=unknown)


def findings_of(worth: Understood) -> tuple[Finding, ...]:
    """Return the findings an answer leaves: each asks a person, for the words can't be trusted as they are."""
    faults = [
        _finding(
            MODEL_OUTPUT, fault, "Write or edit this caption by hand, or produce it again with another model."
        )
        for fault in worth.faults
    ]
    unknown = [
        _finding(
            UNKNOWN_FACT,
            f"The model says it used the fact '{fact[:80]}', which the brief doesn't have.",
            "Check every statement against the brief's facts, and name those it rests on.",
            Evidence(kind="unsupported", says="no fact of the brief has this id", fact=fact[:80]),
        )
        for fact in worth.unknown
    ]
    return (*faults, *unknown)


def _finding(rule: str, message: str, fix: str, *evidence: Evidence) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.REVIEW,
        start=0,
        end=0,
        quote="",
        evidence=evidence,
        message=message,
        fix=fix,
        layer=LAYER,
    )


def _misshapen(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    return f"The answer isn't the JSON object asked for: {where + ': ' if where else ''}{first['msg']}."


def _tidied(reply: Reply, commission: Commission) -> Caption:
    tags = [unicodedata.normalize("NFC", tag).strip().lstrip("#") for tag in reply.hashtags]
    once = {tag.casefold(): tag for tag in reversed(tags) if _TAG.fullmatch(tag)}
    return Caption(
        text=_clean(reply.caption),
        headline=" ".join(_clean(reply.headline).split()),
        hashtags=tuple(reversed(once.values()))[: commission.budget.hashtags],
        alt_text=" ".join(_clean(reply.alt_text).split()),
        facts=tuple(dict.fromkeys(fact for fact in reply.facts if commission.brief.fact(fact))),
    )


def _form_faults(reply: Reply, caption: Caption, commission: Commission, channel: Channel) -> list[str]:
    budget, faults = commission.budget, []
    length = count(caption.text, channel)
    if not caption.text:
        faults.append("The caption is empty.")
    if length > budget.limit:
        faults.append(f"The caption is {length} {budget.unit} long; at most {budget.limit} fit.")
    if not 0 < len(caption.headline) <= LONGEST_HEADLINE:
        faults.append(f"The headline has {len(caption.headline)} characters; it needs 1 to {LONGEST_HEADLINE}.")
    if len(caption.alt_text) > budget.alt_text:
        faults.append(f"The alt text has {len(caption.alt_text)} characters; at most {budget.alt_text} fit.")
    if any(_hidden(c) for said in (reply.caption, reply.headline, reply.alt_text) for c in said):
        faults.append("The answer held control characters or reversed writing directions; they were taken out.")
    return faults


def _foreign_faults(caption: Caption, brief: Brief) -> list[str]:
    words = f"{caption.text} {caption.headline} {caption.alt_text}"
    given = f"{brief.brand.name} {' '.join(fact.model_dump_json() for fact in brief.facts)}"
    addresses = [found[0] for found in _ADDRESS.finditer(words) if found[0] not in given]
    faults = [f"It holds the web address {url[:100]}; the link is added afterwards." for url in addresses]
    tags = _HASHTAG.findall(caption.text)
    return faults + [f"It holds the hashtag {tag} in its text; hashtags go in their own field." for tag in tags]


def _clean(words: str) -> str:
    plain = words.replace("\r\n", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", "".join(c for c in plain if not _hidden(c))).strip()


def _hidden(character: str) -> bool:
    return character in _BIDI or (unicodedata.category(character) == "Cc" and character not in "\n\r\t")
