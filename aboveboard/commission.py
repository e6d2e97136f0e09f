"""What a writer and an illustrator are asked for, and what they hand back: the seam to every model."""

from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from aboveboard.brief import Brief, Fact
from aboveboard.draft import Caption, Usage
from aboveboard.finding import Finding
from aboveboard.plan import Slot


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Budget(Frozen):
    """What is left for the caption's own words once link, hashtags and disclosure have taken theirs."""

    limit: int
    unit: str  # graphemes, weighted, utf16, bytes, characters: how the channel counts
    hashtags: int  # how many hashtags the channel and its manners allow
    alt_text: int  # how long the alt text may be, in the channel's own unit
    sweet: int  # a length readers of the channel like; a writer aims here and never passes `limit`


class Commission(Frozen):
    """One caption to write, or to write again in the light of `critique`."""

    brief: Brief
    slot: Slot
    variant: str
    facts: tuple[Fact, ...]  # usable at the slot's time, the one to lead with first
    budget: Budget
    place: int = 0  # this caption's place among `of` captions in its language: no two share an opening
    of: int = 1
    critique: tuple[Finding, ...] = ()
    previous: str | None = None  # the wording the critique is about


class Written(Frozen):
    """What a writer handed back. `caption` is None where nothing usable came, and `findings` says why."""

    caption: Caption | None
    findings: tuple[Finding, ...] = ()
    usage: tuple[Usage, ...] = ()
    prompt: str  # digest of the templates (or phrase banks) used


class Writer(Protocol):
    """Writes captions. `id` names provider and model, e.g. "embedded:smollm2-135m"."""

    id: str

    def write(self, commission: Commission) -> Written: ...
    def close(self) -> None: ...


Message = tuple[Literal["system", "human"], str]


class Heard(Frozen):
    """One answer of a chat model: its words, what kept it from being one, and what it cost."""

    words: str
    usage: Usage
    fault: str | None = None


class Chat(Protocol):
    """Answers a question in the form asked for. Its words are data from outside: whoever asks must read them."""

    id: str

    def ask(self, messages: Sequence[Message], form: type[BaseModel]) -> Heard: ...
    def close(self) -> None: ...


Room = tuple[float, float, float, float]  # left, top, right, bottom, in shares of the page


class Scene(Frozen):
    """A backdrop to paint: `prompt` in words, size in pixels, `seed` for the same picture again.

    For a painter that works in a card's own colours there are these too, the ground first, with the `rooms` in
    which type will stand, the brand's own number and the card's place among its others.
    """

    prompt: str
    negative: str
    width: int
    height: int
    seed: int
    wishes: str = ""
    colours: tuple[str, ...] = ()
    rooms: tuple[Room, ...] = ()
    house: int = 0
    place: int = 0


class Painter(Protocol):
    """Paints backdrops: PNG bytes of a picture at least as large as asked, without any text on it.

    `motif` names the pattern it will paint in the scene's own colours, leaving its rooms calm; None: it paints
    freely.
    """

    id: str

    def motif(self, scene: Scene) -> str | None: ...
    def paint(self, scene: Scene) -> bytes: ...
    def close(self) -> None: ...
