"""What the models made for one slot and variant: Caption, Picture, Draft, Provenance, and what became of it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from aboveboard.digests import digest
from aboveboard.finding import Finding, Inspection, Verdict
from aboveboard.plan import Slot

State = Literal["cleared", "flagged", "blocked", "rejected", "withdrawn", "superseded"]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Caption(Frozen):
    """A model's words for one slot, before link, hashtags and disclosure are added."""

    text: str
    headline: str  # a few words for the card
    hashtags: tuple[str, ...] = ()  # without the #
    alt_text: str = ""
    facts: tuple[str, ...] = ()  # ids of the facts it says it uses


class Picture(Frozen):
    """A finished image file, named by the digest of its bytes."""

    digest: str
    media_type: Literal["image/png", "image/jpeg"]
    width: int
    height: int
    alt_text: str
    words: tuple[str, ...]  # every line of text drawn on it
    provider: str
    generated: bool  # whether a model painted any of it (IPTC digital source type follows from this)
    seed: int
    contrast: float  # lowest WCAG 2.2 contrast ratio of type against what is behind it


class Usage(Frozen):
    """What one model call cost. Money is in the currency of the price list, None where no price is set."""

    call: str  # digest of the request
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    money: float | None = None
    milliseconds: int = 0  # kept in the store, left out of bundles: it is the machine's, not the content's
    kept: bool = False  # answered from our own table: nothing was paid this time


class Attempt(Frozen):
    """One wording the repair loop tried, and what the guards found in it."""

    post: str
    findings: tuple[Finding, ...]


class Provenance(Frozen):
    """Where a draft came from."""

    writer: str  # e.g. "embedded:smollm2-135m" or "openai:gpt-5-mini"
    prompt: str  # digest of the templates used
    policy: str  # digest of the policy it was judged by
    calls: tuple[str, ...] = ()  # digests of the model calls behind it
    # id of the draft whose place it took: another wording, time or policy
    after: str | None = Field(default=None, exclude_if=lambda value: value is None)


class Draft(Frozen):
    """What stands behind one possible post. `post` is the exact text the channel would show."""

    slot: Slot
    variant: str  # "a", "b", …
    caption: Caption
    post: str
    picture: Picture | None = None
    provenance: Provenance
    form: Literal[1, 2] = 1  # how its id is made: 1 is older, and blind to labels and forerunners

    @property
    def id(self) -> str:
        """Digest of all that an approval is bound to: any change makes another draft.

        Which draft it took the place of is part of it, so that words edited there and back are no old approval.
        """
        told = self.shown | {"policy": self.provenance.policy}
        return digest(told if self.form == 1 else told | {"after": self.provenance.after, "labels": self.labels})

    @property
    def shown(self) -> dict[str, object]:
        """What a reader would see of it: words, picture, alt text, where and when."""
        return {
            "slot": self.slot,
            "variant": self.variant,
            "post": self.post,
            "picture": self.picture.digest if self.picture else None,
            "alt": self.picture.alt_text if self.picture else None,
        }

    @property
    def labels(self) -> dict[str, object]:
        """What it says of how it was made (AI Act Art. 50), beside the words on the picture itself."""
        picture = self.picture
        return {"generated": picture.generated, "words": picture.words} if picture else {}

    def succeeding(self, old: "Draft", policy: str) -> "Draft":
        """Return this draft as the one that takes the place of `old`, to be judged by `policy` (its digest)."""
        provenance = self.provenance.model_copy(update={"after": old.id, "policy": policy})
        return self.model_copy(update={"provenance": provenance, "form": 2})


class Judged(Frozen):
    """A draft with the guards' findings, the verdict, and the wordings tried before it."""

    draft: Draft
    inspection: Inspection
    verdict: Verdict
    attempts: tuple[Attempt, ...] = ()
    usage: tuple[Usage, ...] = ()
