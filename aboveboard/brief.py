"""What the client asks: Brief and its parts, as frozen data. `reading.py` reads it, `admission.py` is the gate."""

import re
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=64)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=600)]
Said = Words | dict[Language, Words]
Link = Annotated[str, StringConstraints(pattern=r"^https://[^\s<>\"]+$", max_length=300)]
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

    id: Slug
    statement: Said
    source: Words
    starts: date | AwareDatetime | None = None
    ends: date | AwareDatetime | None = None
    stock: Annotated[int, Field(ge=0)] | None = None
    value: int | float | str | None = None
    owner: Words | None = None
    expires: date | AwareDatetime | None = None


class Offer(Part):
    """A price or a gift, with the terms that make it honest. `was` needs a fact of its own."""

    id: Slug
    says: Said
    price: Annotated[float, Field(ge=0)] | None = None
    was: Annotated[float, Field(gt=0)] | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    terms: Said
    fact: Slug


class Voice(Part):
    tone: Tone = "plain"
    summary: Words
    do: tuple[Words, ...] = ()
    dont: tuple[Words, ...] = ()


class Palette(Part):
    """Four roles; cards pick ink and paper by contrast, never by luck."""

    ink: Colour
    paper: Colour
    accent: Colour
    support: Colour


class Brand(Part):
    name: Words
    voice: Voice
    palette: Palette
    avoid: tuple[Words, ...] = ()


class Audience(Part):
    """Whom the campaign speaks to, and on what basis it may: by context, or by consent given to the brand."""

    describe: Words
    basis: Literal["contextual", "consented-first-party"]
    regions: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")], ...] = ()


class Action(Part):
    """Where the post leads: `label` names the destination as a noun phrase ("the refill map")."""

    label: Said
    link: Link


class Window(Part):
    """A time of day from when until when, in the brief's timezone."""

    start: time
    end: time

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.start == self.end:
            raise ValueError("a window needs a start and an end that differ")
        return self


class Cadence(Part):
    """How often one channel posts: posts a week, on which days, inside which window."""

    per_week: Annotated[int, Field(ge=1, le=50)]
    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    window: Window = Window(start=time(9), end=time(18))
    minimum_gap_hours: Annotated[float, Field(gt=0, le=336)] = 20


class Schedule(Part):
    starts: date
    ends: date
    timezone: str
    quiet_hours: Window = Window(start=time(21), end=time(8))
    channels: Annotated[dict[Slug, Cadence], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends < self.starts:
            raise ValueError(f"ends ({self.ends}) is before starts ({self.starts})")
        return self


class ImageWishes(Part):
    """Which channels want a picture (none listed: every channel that takes one) and how it should feel."""

    channels: tuple[Slug, ...] = ()
    wishes: Words | None = None
    avoid: tuple[Words, ...] = ()


class Disclosure(Part):
    """Sponsorship, and the party editorially responsible (AI Act Art. 50(4)): a role, not a person's data."""

    sponsored: bool = False
    partner: Words | None = None
    responsible: Words


class Brief(Part):
    """What the client asks, in one document. Published as JSON Schema in docs/brief.schema.json."""

    campaign: Slug
    title: Said
    brand: Brand
    goal: Goal
    audience: Audience
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    facts: Annotated[tuple[Fact, ...], Field(min_length=1)]
    offers: tuple[Offer, ...] = ()
    action: Action
    hashtags: tuple[Hashtag, ...] = ()
    schedule: Schedule
    variants: Annotated[int, Field(ge=1, le=4)] = 1
    images: ImageWishes | None = None
    disclosure: Disclosure

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.schedule.timezone)

    def says(self, words: Said, language: str) -> str | None:
        """Return `words` in `language`, or None where the brief doesn't say it in that language."""
        return said(words, language, default=self.languages[0])

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
