"""A card: words in the brand's type and colours, by an SVG template of `prompts/cards/`, over art or backdrop."""

import re
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from PIL import Image
from pydantic import BaseModel, ConfigDict

from aboveboard.brief import Palette
from aboveboard.digests import digest
from aboveboard.errors import ImageError
from aboveboard.imaging.colour import Scheme, schemes
from aboveboard.imaging.fonts import clean
from aboveboard.imaging.ornament import ORNAMENTS
from aboveboard.imaging.pixels import (
    MediaType,
    backdrop_picture,
    blurred,
    encode,
    lowest_contrast,
    main_colours,
    render,
    veiled,
)
from aboveboard.imaging.sheet import Sheet
from aboveboard.imaging.typeset import Block
from aboveboard.prompts import compiled
from aboveboard.shelves import shelves

VEILS = (0.62, 0.76, 0.88, 0.96, 1.0)  # how much of the ground lies over a backdrop behind the type
FIGURE = re.compile(
    r"(?<![\w.,:/-])(?:[€$£]\s?)?\d{1,3}(?:[.,]\d+)*(?::\d\d)?(?:\s?[–-]\s?\d+)?"
    r"(?:\s?(?:%|€|£|°C|kg|g|l|ml|cm|mm|km|am|pm|Uhr)(?!\w))?(?![\w:/-]|[.,]\d)"
)
ABOUT_A_FIGURE = 44  # letters before or after a figure that still leave it room to be huge


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CardWords(Frozen):
    """What may stand on a card. Nothing else is ever drawn."""

    headline: str
    brand: str
    detail: str | None = None
    link: str | None = None  # the host (and short path) the post leads to
    label: str | None = None  # says that AI painted the backdrop; drawn where there is one
    language: str = "en"


class Figure(NamedTuple):
    """A headline around its figure; reading before, figure, after gives the headline again."""

    before: str
    figure: str
    after: str


class Card(Frozen):
    """A finished card: its file, what is drawn on it, and how legible that is."""

    data: bytes
    media_type: MediaType
    width: int
    height: int
    words: CardWords  # as drawn: emoji gone, spaces single
    lines: tuple[str, ...]  # every text drawn, the headline first
    colours: tuple[str, ...]  # what fills the page behind the type, the most of it first
    contrast: float  # lowest WCAG 2.2 ratio of type against the pixels behind any line
    layout: str
    ornament: str | None  # None where a painted backdrop stands in its place
    scheme: Scheme


class Printed(NamedTuple):
    """A card in pixels, before it is a file."""

    picture: Image.Image
    lines: tuple[str, ...]
    colours: tuple[str, ...]
    contrast: float


class Look(NamedTuple):
    """How one card is to look, before anything is measured."""

    layout: str
    ornament: str
    turn: int  # which of a layout's compositions: 0, 1 or 2
    seed: int
    figure: Figure | None


def render_card(
    words: CardWords,
    palette: Palette,
    size: tuple[int, int],
    *,
    seed: int,
    place: int = 0,
    backdrop: bytes | None = None,
    minimum_contrast: float = 4.5,
    most_bytes: int | None = None,
    jpeg: bool = False,
    workspace: Path | None = None,
) -> Card:
    """Return the card for `words` at `size` (width and height in pixels); the same arguments give the same bytes.

    `place` is the card's place in its campaign: neighbours get another layout, ground, ornament and composition.

    Raises:
        ImageError: A character has no glyph, a text can't be set legibly, or `backdrop` is no picture.
    """
    drawn = _cleaned(words)
    look = _look(drawn, palette, seed, place, painted=backdrop is not None)
    behind = backdrop_picture(backdrop, size) if backdrop else None
    for scheme in _rotated(schemes(palette, minimum_contrast), place, _house(drawn, palette)):
        sheet = Sheet(size, drawn, look, scheme, painted=behind is not None)
        printed = _printed(sheet, behind, minimum_contrast, workspace)
        if printed:
            data, media_type = encode(printed.picture, most_bytes, jpeg)
            return Card(
                data=data,
                media_type=media_type,
                width=size[0],
                height=size[1],
                words=drawn,
                lines=printed.lines,
                colours=printed.colours,
                contrast=round(printed.contrast, 2),
                layout=look.layout,
                ornament=None if behind else look.ornament,
                scheme=scheme,
            )
    raise ImageError(
        f"No arrangement of the palette reaches a contrast of {minimum_contrast} on this card. "
        "Give brand.palette a darker ink or a lighter paper."
    )


def figure_in(headline: str) -> Figure | None:
    """Return `headline` around its one figure; None if it has none, several, or too many words about it."""
    found = list(FIGURE.finditer(headline))
    if len(found) != 1 or len(re.findall(r"\d+", headline)) > 2:
        return None
    before, after = headline[: found[0].start()].strip(), headline[found[0].end() :].strip()
    if (
        max(len(before), len(after)) > ABOUT_A_FIGURE
        or not before + after
        or after.startswith((".", ",", ";", ":", "!", "?", ")"))
    ):
        return None
    return Figure(before, found[0].group().replace(" ", "\u00a0"), after)


def _cleaned(words: CardWords) -> CardWords:
    given = words.model_dump(exclude={"language"})
    kept = {name: clean(text) for name, text in given.items() if text}
    if not kept.get("headline") or not kept.get("brand"):
        raise ImageError(f"The card has no words to draw: headline {words.headline!r}, brand {words.brand!r}.")
    return CardWords(**kept, language=words.language)


def _house(words: CardWords, palette: Palette) -> int:
    """A number that is the brand's own, from its name and colours: its cards share what hangs on it."""
    return int(digest({"brand": words.brand, "palette": palette})[:12], 16)


def _look(words: CardWords, palette: Palette, seed: int, place: int, *, painted: bool) -> Look:
    house = _house(words, palette)
    kinds = Random(house).sample(sorted(ORNAMENTS), 4)
    kind = kinds[_dealt(house, "ornament", place, len(kinds))]
    figure = figure_in(words.headline)
    if figure and place % 4 != 3:
        layout = "number"
    else:
        layout = ("statement", "image-first", "statement")[_dealt(house, "layout", place, 3)]
    turns = 2 if painted or layout == "image-first" else 3
    return Look(layout, kind, _dealt(house, "turn", place, turns), seed, figure)


def _dealt(house: int, what: str, place: int, count: int) -> int:
    """Return a number below `count`, dealt like cards: every one once a round, in an order that changes."""
    turn = place // count
    last, hand = (Random(f"{house}:{what}:{number}").sample(range(count), count) for number in (turn - 1, turn))
    if last[-1] == hand[0]:
        hand.reverse()
    return hand[place % count]


def _rotated(found: tuple[Scheme, ...], place: int, house: int) -> list[Scheme]:
    first = _dealt(house, "scheme", place, len(found))
    return [*found[first:], *found[:first]]


def _printed(sheet: Sheet, behind: Image.Image | None, minimum: float, workspace: Path | None) -> Printed | None:
    """Return the picture with the thinnest veil that lets its type reach `minimum` contrast; None if none does."""
    type_layer = render(_layer("type", sheet, 0, workspace))
    sticker, lettering = _label(sheet, workspace) if behind and sheet.words.label else (None, None)
    if lettering:
        type_layer = Image.alpha_composite(type_layer, lettering)
    _hold_to_the_page(type_layer, sheet.look.layout)
    blocks = tuple(sheet.placed)
    boxes = [box for block in blocks for box in block.boxes]
    calm = blurred(behind) if behind else None
    for veil in VEILS if behind else VEILS[-1:]:
        ground = render(_layer("field", sheet, veil, workspace))
        if behind and calm:
            ground = veiled(behind, calm, ground)
        if sticker:
            ground = Image.alpha_composite(ground, sticker)
        legible = lowest_contrast(ground, boxes, sheet.scheme.type)
        if legible >= minimum:
            picture = Image.alpha_composite(ground, type_layer)
            return Printed(picture, _lines(sheet, blocks), main_colours(ground), legible)
    return None


def _label(sheet: Sheet, workspace: Path | None) -> tuple[Image.Image, Image.Image]:
    """Return the label's ground and its lettering: in the lower margin, where no layout sets type."""
    block = sheet.label()
    values = {"block": block, "card": sheet}
    ground, lettering = (_drawn("_label", values | {"layer": layer}, workspace) for layer in ("field", "type"))
    return render(ground), render(lettering)


def _hold_to_the_page(type_layer: Image.Image, layout: str) -> None:
    left, top, right, bottom = type_layer.getbbox() or (1, 1, 1, 1)
    if min(left, top) <= 0 or right >= type_layer.width or bottom >= type_layer.height:
        raise ImageError(
            f"prompts/cards/{layout}.svg.j2: its type runs off the page. Give it less width or height."
        )


def _lines(sheet: Sheet, blocks: tuple[Block, ...]) -> tuple[str, ...]:
    """Return every text drawn; a headline set around its figure counts as the one text it reads as."""
    parts = {sheet.words.headline, *(sheet.look.figure or ())}
    others = [block.text for block in blocks if block.text not in parts]
    return tuple(dict.fromkeys([sheet.words.headline, *others]))


def _layer(layer: str, sheet: Sheet, veil: float, workspace: Path | None) -> str:
    return _drawn(sheet.look.layout, {"card": sheet, "layer": layer, "veil": veil}, workspace)


def _drawn(template: str, values: dict[str, Any], workspace: Path | None) -> str:
    folders = tuple(shelf / "cards" for shelf in shelves("prompts", workspace))
    name = f"{template}.svg.j2"
    try:
        return compiled(_environment(folders), name).render(values).strip()
    except TemplateError as problem:
        raise ImageError(f"prompts/cards/{name}: {problem}. Correct the template.") from problem


@cache
def _environment(folders: tuple[Path, ...]) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
