"""The open corpus as data: captions with their facts, labels and typed claims. `corpus/README.md` describes it."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from aboveboard.brief import Fact
from aboveboard.finding import Asset, Copy, Outcome

FOLDER = Path(__file__).parents[1] / "corpus"
CODES = (
    "false-urgency",
    "false-scarcity",
    "fake-social-proof",
    "confirmshaming",
    "trick-wording",
    "hidden-cost",
    "subscription-trap",
    "bait-and-switch",
    "disguised-ad",
    "forced-action",
    "fear-appeal",
    "fomo",
    "guilt-trip",
    "insecurity",
    "compulsion",
    "engagement-bait",
    "clickbait",
    "parasocial",
    "creepy-personalisation",
    "sensitive-targeting",
    "vulnerability-targeting",
    "minor-targeting",
    "personal-data",
    "us-vs-them",
    "stereotype",
    "unsupported-claim",
    "green-claim",
    "health-finance-claim",
    "false-authority",
    "missing-disclosure",
)
UNPROVEN = "unproven-number"  # no code of the policy: words that assert a number, date or price no fact carries
ANY = "any"  # no code either: that a caption has one at all
Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = ("train", "dev", "test")
Standing = Literal["supported", "contradicted", "unsupported"]


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(Record):
    """One code and the exact words that carry it: `text[start:end] == quote`, in code points."""

    code: str
    start: int
    end: int
    quote: str
    subtle: bool = False  # no stock phrase gives it away
    contradicted: bool = False  # a fact says otherwise


class TypedClaim(Record):
    """A date, duration, quantity, price or percentage that the caption asserts, and what the facts say to it."""

    kind: Literal["date", "duration", "quantity", "price", "percent"]
    start: int
    end: int
    quote: str
    standing: Standing


class Caption(Record):
    """One caption as its author labelled it, disputes with the second reading resolved."""

    id: str
    author: str
    sector: str
    channel: str
    language: str
    asset: Asset = "caption"
    at: AwareDatetime
    timezone: str = "UTC"
    sponsored: bool = False
    text: str
    facts: tuple[Fact, ...] = ()
    verdict: Outcome
    labels: tuple[Label, ...] = ()
    claims: tuple[TypedClaim, ...] = ()
    hard: bool = False  # clean, and close to something that isn't
    pair: str | None = None  # both halves of a minimal pair carry the same name
    why: str

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(label.code for label in self.labels)

    @property
    def copy_(self) -> Copy:
        """The caption as the guards read it."""
        return Copy(
            text=self.text,
            asset=self.asset,
            language=self.language,
            default_language=self.language,
            channel=self.channel,
            at=self.at,
            timezone=self.timezone,
            facts=self.facts,
            sponsored=self.sponsored,
        )


@cache
def load(split: Split) -> tuple[Caption, ...]:
    """Return every caption of `split`, in the order of its file."""
    lines = (FOLDER / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(Caption.model_validate_json(line) for line in lines)


def seal(split: Split) -> str:
    """Return the sha256 of the file of `split`: CI holds the test set to the one in `corpus/test.sha256`."""
    return sha256((FOLDER / f"{split}.jsonl").read_bytes()).hexdigest()
