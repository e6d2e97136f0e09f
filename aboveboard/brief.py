"""What the client asks: Brief and its parts, as frozen data. `reading.py` reads it, `admission.py` is the gate."""

import re
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=64)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=600)]
Said = Words | dict[Language, Words]
Link = Annotated[str, StringConstraints(pattern=r"^https://[^\s<>\"]+$", max_length=300)]
When = Annotated[AwareDatetime | date, Field(union_mode="left_to_right")]  # midnight with an offset is a time
Hashtag = Annotated[str, StringConstraints(pattern=r"^\w{1,60}$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Goal = Literal["launch", "awareness", "event", "offer", "education", "community", "recruitment"]
Tone = Literal["warm", "plain", "playful", "expert"]


def said(words: Said, language: str, default: str = "en") -> str | None:
    """Return what is said in `language`; a bare string is in the brief's first language, `default`."""
    if isinstance(words, str):
        return words if language == default else None
    return words.get(language)


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Fact(Part):
    """Something the brand can prove, and where it applies until when, how many, how much, whose and how long."""

    id: Slug = Field(description="A short name for the fact; captions and offers refer to it.")
    statement: Said = Field(description="A whole sentence that may stand in a post as it is.")
    source: Words = Field(description="Where the proof is: a certificate, a contract, a count and its date.")
    starts: When | None = Field(None, description="When what the fact announces begins.")
    ends: When | None = Field(
        None,
        description="When it ends. No later post rests on the fact; “ends Sunday” passes only if this agrees.",
    )
    stock: Annotated[int, Field(ge=0)] | None = Field(
        None, description="How many there are. “Only 40 left” passes only if this says 40."
    )
    value: int | float | str | None = Field(
        None, description="The number the statement turns on: 90%, 214, 10 years."
    )
    owner: Words | None = Field(
        None, description="The team that answers for the fact; a role, never a person's name."
    )
    expires: When | None = Field(None, description="When the proof is too old to rely on.")
    also: Annotated[tuple[Said, ...], Field(max_length=8)] = Field(
        (), description="Further sentences on the same fact, each able to stand alone, that the source proves too."
    )
    headline: Said | None = Field(None, description="The fact in two to six words, for the picture.")
    place: Said | None = Field(None, description="Where it takes place, as on a poster: Bristol harbour.")

    @property
    def sayings(self) -> tuple[Said, ...]:
        """All that the brief says of this fact: the statement first."""
        return (self.statement, *self.also)


class Offer(Part):
    """A price or a gift, with the terms that make it honest. `was` needs a fact of its own."""

    id: Slug = Field(description="A short name for the offer.")
    says: Said = Field(description="The offer in a sentence.")
    price: Annotated[float, Field(ge=0)] | None = Field(None, description="What people pay, everything included.")
    was: Annotated[float, Field(gt=0)] | None = Field(
        None, description="The price before. A fact must have this value: the lowest price of the last 30 days."
    )
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = Field(
        None, description="Three capitals, such as EUR."
    )
    terms: Said = Field(description="What a fair reader would want to know before paying.")
    fact: Slug = Field(description="The id of the fact that proves the offer.")


class Voice(Part):
    tone: Tone = Field("plain", description="Which family of phrases suits the brand.")
    summary: Words = Field(description="How the brand speaks, in a sentence or two.")
    do: tuple[Words, ...] = Field((), description="Sentences that sound like the brand.")
    dont: tuple[Words, ...] = Field((), description="Sentences the brand would never say.")


class Palette(Part):
    """Four roles; cards pick ink and paper by contrast, never by luck."""

    ink: Colour = Field(description="The colour of type.")
    paper: Colour = Field(description="The colour behind it; with ink at a contrast of 4.5:1 or more.")
    accent: Colour = Field(description="A colour for one thing that matters.")
    support: Colour = Field(description="A quiet second colour.")


class Brand(Part):
    name: Words = Field(description="The name people know.")
    voice: Voice = Field(description="How the brand speaks.")
    palette: Palette = Field(description="The colours of the cards.")
    logo: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="A PNG or plain SVG file in the workspace; it stands on cards in the name's place."
    )
    avoid: tuple[Words, ...] = Field((), description="Words the brand doesn't use.")


class Audience(Part):
    """Whom the campaign speaks to, and on what basis it may: by context, or by consent given to the brand."""

    describe: Words = Field(
        description="Whom the campaign speaks to, by what they do or look for; never by health or origin."
    )
    basis: Literal["contextual", "consented-first-party"] = Field(
        description="contextual: whoever meets the topic; consented-first-party: people who asked."
    )
    regions: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")], ...] = Field(
        (), description="Countries, as two capitals: GB, DE."
    )


class Action(Part):
    """Where the post leads: `label` names the destination as a noun phrase ("the refill map")."""

    label: Said = Field(description="What the link leads to, as a noun phrase: the refill map.")
    link: Link = Field(description="Where the post leads; https only.")


Clock = Annotated[time, WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"})]


class Window(Part):
    """A time of day from when until when, in the brief's timezone."""

    start: Clock = Field(description="From this time of day.")
    end: Clock = Field(description="To this time of day; earlier than start means over midnight.")

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.start == self.end:
            raise ValueError("a window needs a start and an end that differ")
        return self


class Cadence(Part):
    """How often one channel posts: posts a week, on which days, inside which window."""

    per_week: Annotated[int, Field(ge=1, le=50)] = Field(description="Posts in seven days.")
    days: tuple[Weekday, ...] = Field(
        ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), description="Days of the week to post on."
    )
    window: Window = Field(Window(start=time(9), end=time(18)), description="Between which times of day.")
    minimum_gap_hours: Annotated[float, Field(gt=0, le=336)] = Field(
        20, description="Hours between two posts here, at least."
    )


class Schedule(Part):
    starts: date = Field(description="The first day.")
    ends: date = Field(description="The last day.")
    timezone: str = Field(
        description="An IANA name such as Europe/Berlin; every date and time without an offset is in it."
    )
    quiet_hours: Window = Field(Window(start=time(21), end=time(8)), description="When nothing is posted.")
    channels: Annotated[dict[Slug, Cadence], Field(min_length=1)] = Field(
        description="How often each channel posts."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends < self.starts:
            raise ValueError(f"ends ({self.ends}) is before starts ({self.starts})")
        return self


class ImageWishes(Part):
    """Which channels want a picture (none listed: every channel that takes one) and how it should feel."""

    channels: tuple[Slug, ...] = Field(
        (), description="Which channels get a picture; none listed means every channel that takes one."
    )
    wishes: Words | None = Field(None, description="What the backdrop should feel like.")
    avoid: tuple[Words, ...] = Field((), description="What must not be in it.")
    label: Literal["auto", "visible", "none"] = Field(
        "auto",
        description="Whether the picture says that AI made it: visible, none, or auto (for people and by law).",
    )
    seed: Annotated[int, Field(ge=0)] = Field(
        0, description="Another number gives other pictures of the same kind; the same number the same."
    )


class Disclosure(Part):
    """Sponsorship, and the party editorially responsible (AI Act Art. 50(4)): a role, not a person's data."""

    sponsored: bool = Field(
        False, description="Whether someone pays for the posts; every post then begins with a label."
    )
    partner: Words | None = Field(None, description="Who pays, as the label names them.")
    responsible: Words = Field(
        description="Who answers for the campaign: a role, not a person's name (AI Act Art. 50(4))."
    )


class Brief(Part):
    """What the client asks, in one document. Published as JSON Schema in docs/brief.schema.json."""

    campaign: Slug = Field(description="A short name for the campaign; files are named after it.")
    title: Said = Field(description="What the campaign is called, in each language.")
    brand: Brand = Field(description="Who speaks.")
    goal: Goal = Field(description="What the campaign is for.")
    audience: Audience = Field(description="Whom it speaks to, and on what basis.")
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = Field(
        description="Languages to post in, the main one first; a text without a language is in that one."
    )
    facts: Annotated[tuple[Fact, ...], Field(min_length=1)] = Field(
        description="What the brand can prove. A post may claim only what is here."
    )
    offers: tuple[Offer, ...] = Field((), description="Prices and gifts, with their terms.")
    action: Action = Field(description="Where posts lead.")
    hashtags: tuple[Hashtag, ...] | dict[Language, tuple[Hashtag, ...]] = Field(
        (), description="Without the #, most important first; one list for all languages, or one for each."
    )
    schedule: Schedule = Field(description="When and where to post.")
    variants: Annotated[int, Field(ge=1, le=4)] = Field(1, description="How many wordings to write for each post.")
    images: ImageWishes | None = Field(
        None,
        description="Which posts get a picture; left out means none but where a channel demands one.",
    )
    disclosure: Disclosure = Field(description="Who pays and who answers.")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.schedule.timezone)

    def says(self, words: Said, language: str) -> str | None:
        """Return `words` in `language`, or None where the brief doesn't say it in that language."""
        return said(words, language, default=self.languages[0])

    def tags(self, language: str) -> tuple[str, ...]:
        """Return the hashtags for posts in `language`."""
        return self.hashtags.get(language, ()) if isinstance(self.hashtags, dict) else self.hashtags

    def fact(self, fact_id: str) -> Fact | None:
        return next((fact for fact in self.facts if fact.id == fact_id), None)


def bare_fact(given: dict[str, Any], number: int) -> Fact:
    """Return a Fact from the short form that examples and `check --facts` use: id and source may be missing."""
    return Fact.model_validate({"id": f"fact-{number}", "source": "given with the text", **given})


def moment(when: date | datetime, zone: ZoneInfo, *, end_of_day: bool = False) -> datetime:
    """Return `when` as an aware time; a bare date is its first, or last, second in `zone`."""
    if isinstance(when, datetime):
        return when
    clock = time(23, 59, 59) if end_of_day else time(0)
    return datetime.combine(when, clock, tzinfo=zone)


def usable(fact: Fact, at: datetime, zone: ZoneInfo) -> bool:
    """Whether a post at `at` may still rest on `fact`: not expired, and what it announces not over."""
    limits = [moment(when, zone, end_of_day=True) for when in (fact.expires, fact.ends) if when]
    return all(at <= limit for limit in limits)


def slugify(words: str) -> str:
    """Return `words` as a slug safe in a file name: a-z, 0-9 and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:64] or "untitled"
