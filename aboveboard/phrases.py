"""The phrase banks of `prompts/phrases/`: openings, bridges and calls to action by people, one file a language."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, get_args

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator

from aboveboard.brief import Goal, Language, Tone
from aboveboard.digests import digest
from aboveboard.errors import PromptError
from aboveboard.shelves import shelves

Kind = Literal["short", "visual", "professional"]
Nature = Literal["priced", "dated", "counted"]  # what the lead fact is about, where it is one of these
KINDS: dict[str, Kind] = {
    "bluesky": "short",
    "mastodon": "short",
    "threads": "short",
    "x": "short",
    "instagram": "visual",
    "pinterest": "visual",
    "facebook": "visual",
    "linkedin": "professional",
}
PLACEHOLDERS = frozenset({"brand", "title", "label"})
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_UNFIT = re.compile(r"\d|!!|\?\?|https?:|www\.|#|@|\s\s|\n")


def _sound(phrase: str) -> str:
    if found := _UNFIT.search(phrase):
        raise ValueError(f"{phrase!r} holds {found.group()!r}: a phrase has no digits, links or hashtags")
    if phrase[-1:] not in {".", ":", "?", "!", "…"}:
        raise ValueError(f"{phrase!r} doesn't end like a sentence: close it with . : ? or !")
    if unknown := set(_PLACEHOLDER.findall(phrase)) - PLACEHOLDERS:
        raise ValueError(f"{phrase!r} asks for {', '.join(sorted(unknown))}: use brand, title or label")
    return phrase


Phrase = Annotated[str, AfterValidator(_sound)]
Register = str  # "any", or the tones the phrases are for, with spaces between: "warm playful"
Phrases = dict[Register, tuple[Phrase, ...]]


class Bank(BaseModel):
    """One language's phrases: `openings` by goal or by the lead's nature ("any" suits all), `calls` by channel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Language
    openings: dict[Goal | Nature | Literal["any"], Phrases]
    bridges: Phrases
    calls: dict[Kind, Phrases]

    @model_validator(mode="after")
    def _each_once(self) -> "Bank":
        every = self.every()
        if twice := sorted({phrase for phrase in every if every.count(phrase) > 1}):
            raise ValueError(f"{twice[0]!r} stands in the bank twice: keep one")
        registers = {r for group in (*self.openings.values(), self.bridges, *self.calls.values()) for r in group}
        if unknown := {tone for r in registers for tone in r.split()} - {"any", *get_args(Tone)}:
            raise ValueError(f"{sorted(unknown)[0]!r} is no tone: use any, {', '.join(get_args(Tone))}")
        return self

    def every(self) -> list[str]:
        """Return all phrases of the bank."""
        groups = (*self.openings.values(), self.bridges, *self.calls.values())
        return [phrase for group in groups for phrases in group.values() for phrase in phrases]

    def openings_for(self, about: Goal | Nature | Literal["any"], tone: Tone) -> list[str]:
        return _suiting(self.openings.get(about, {}), tone)

    def calls_for(self, kind: Kind, tone: Tone) -> list[str]:
        return _suiting(self.calls.get(kind, {}), tone)

    def bridges_for(self, tone: Tone) -> list[str]:
        return _suiting(self.bridges, tone)


def _suiting(phrases: Phrases, tone: Tone) -> list[str]:
    return [p for register, group in phrases.items() if {"any", tone} & set(register.split()) for p in group]


def load_bank(language: str, workspace: Path | None = None) -> Bank:
    """Return the phrases of `language`, the workspace's own file before the shipped one.

    Raises:
        PromptError: No file has this language, or the file isn't a phrase bank.
    """
    for shelf in shelves("prompts", workspace):
        path = shelf / "phrases" / f"{language}.yaml"
        if path.is_file():
            return _read(path.name, path.read_text(encoding="utf-8"))
    raise PromptError(
        f"The embedded writer has no phrases in {language!r}. Write prompts/phrases/{language}.yaml in the "
        "workspace, after the shipped en.yaml, or set ABOVEBOARD_TEXT_MODEL=openai:<model>."
    )


@lru_cache(maxsize=16)
def _read(name: str, text: str) -> Bank:
    try:
        return Bank.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise PromptError(f"prompts/phrases/{name} isn't YAML: {error}. Correct it.") from error
    except ValidationError as error:
        where = (".".join(map(str, e["loc"])) for e in error.errors())
        said = (e["msg"].removeprefix("Value error, ") for e in error.errors())
        raise PromptError(
            [f"prompts/phrases/{name}: {w}: {s}." for w, s in zip(where, said, strict=True)]
        ) from error


def fill(phrase: str, given: dict[str, str | None]) -> str | None:
    """Return `phrase` with its placeholders filled, or None where `given` lacks one. What is given is data.

    A placeholder that begins the phrase is given a capital.
    """
    if any(not given.get(name) for name in _PLACEHOLDER.findall(phrase)):
        return None
    filled = _PLACEHOLDER.sub(lambda found: str(given[found[1]]), phrase)
    if phrase.startswith("{"):
        filled = filled[:1].upper() + filled[1:]
    return filled


def in_order(phrases: Sequence[str], seed: str) -> list[str]:
    """Return `phrases` in an order that `seed` alone decides, the same on every machine."""
    return sorted(phrases, key=lambda phrase: digest(f"{seed}\n{phrase}"))


def allot(phrases: list[str], place: int, of: int) -> list[str]:
    """Return what falls to the caption at `place` when `phrases` are dealt to `of` captions like cards.

    Nobody else is dealt the same, until there are more captions than phrases; then everyone gets one, in turn.
    """
    if of <= len(phrases):
        return phrases[place % of :: of]
    return [phrases[place % len(phrases)]] if phrases else []
