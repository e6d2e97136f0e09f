"""Where posts appear and what fits there. Every number is dated data in `guardrails/channels/`."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aboveboard.brief import Slug
from aboveboard.documents import Document, read_document
from aboveboard.errors import PolicyError
from aboveboard.mistakes import explain, settled
from aboveboard.shelves import shelves

Unit = Literal["graphemes", "weighted", "characters", "utf16", "emoji-bytes", "bytes"]
Count = Annotated[int, Field(ge=0)]


class Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Checked(Data):
    """Where a number comes from, how far to trust that, and when a person last looked."""

    source: str
    standing: Literal["first-hand", "second-hand", "recalled"] = "first-hand"
    checked_on: date


class Limit(Checked):
    """At most `value` of `unit`."""

    value: Count
    unit: Unit = "characters"


class Size(Checked):
    """At most `value`, of whatever the field's name says: bytes, pictures, hashtags."""

    value: Count


class Weights(Checked):
    """How X weighs: code points within the `light` ranges count 1, others `heavy`, an emoji `emoji`."""

    light: tuple[tuple[int, int], ...]
    heavy: Count
    emoji: Count


class Hashtags(Data):
    """How many hashtags the channel takes (`most`, None: no limit known) and how many are good manners."""

    most: Size | None = None
    sensible: Count


class Safe(Checked):
    """How many pixels along each edge of our picture the channel lays signs over, or cuts off somewhere."""

    top: Count = 0
    right: Count = 0
    bottom: Count = 0
    left: Count = 0

    @property
    def edges(self) -> tuple[int, int, int, int]:
        return self.top, self.right, self.bottom, self.left


class Story(Checked):
    """The upright picture of a story, in pixels, and what its viewer covers."""

    width: Annotated[int, Field(ge=320)]
    height: Annotated[int, Field(ge=320)]
    safe: Safe


class Images(Checked):
    """The picture we make for this channel, in pixels, and what the channel takes."""

    required: bool = False
    width: Annotated[int, Field(ge=320)]
    height: Annotated[int, Field(ge=320)]
    safe: Safe | None = None
    story: Story | None = None
    formats: tuple[Literal["image/png", "image/jpeg"], ...]
    most_bytes: Size
    most: Size
    alt: Limit | None = None


class Label(Checked):
    """How the channel is told that a model made the picture: a field of its interface, None where it has none."""

    field: str | None = None
    note: str


class Vector(Data):
    """A text and what it counts here; the loader refuses a channel that counts it otherwise."""

    text: str
    count: Count


class Channel(Data):
    """One place to post. `sweet` is the length, in the channel's own unit, that readers there like."""

    id: Slug
    title: str
    text: Limit
    octets: Size | None = None  # a second limit, in UTF-8 bytes, beside `text`
    url: Size | None = None  # what any URL counts; None: as long as it is
    short_mentions: bool = False  # @user@host counts as @user
    weights: Weights | None = None
    links_clickable: bool
    hashtags: Hashtags
    images: Images | None = None
    title_limit: Limit | None = None
    ai_label: Label
    sweet: Annotated[int, Field(gt=0)]
    vectors: Annotated[tuple[Vector, ...], Field(min_length=3)]


def load_channels(workspace: Path | None = None) -> dict[str, Channel]:
    """Read every channel file, by id; a workspace's file hides the shipped one of the same name.

    Raises:
        PolicyError: A file can't be read, isn't a channel, or its own test vectors don't count as they say.
    """
    files: dict[str, Path] = {}
    for shelf in reversed(shelves("guardrails", workspace)):
        files.update({path.stem: path for path in (shelf / "channels").glob("*.yaml")})
    return {name: _read_channel(files[name]) for name in sorted(files)}


def _read_channel(path: Path) -> Channel:
    document = read_document(path, PolicyError)
    try:
        channel = Channel.model_validate(document.value)
    except ValidationError as error:
        wrongs = settled(explain(document, error, Channel))
        raise PolicyError(document.told([document.problem(*wrong) for wrong in wrongs])) from None
    wrong = [*document.told(list(document.problems)), *_disagreements(channel, document)]
    if wrong:
        raise PolicyError(wrong)
    return channel


def _disagreements(channel: Channel, document: Document) -> Iterator[str]:
    from aboveboard.counting import count

    if channel.id != Path(document.name).stem:
        yield f"{document.name}:{document.line(('id',))}: the id is {channel.id}. Name it as the file is named."
    if channel.text.unit == "weighted" and channel.weights is None:
        yield f"{document.name}:{document.line(('text',))}: weighted counting needs weights. Add them."
        return
    for place, vector in enumerate(channel.vectors):
        counted = count(vector.text, channel)
        if counted != vector.count:
            line = document.line(("vectors", place))
            yield f"{document.name}:{line}: counts {counted}, not {vector.count}. Correct the vector or the limit."
