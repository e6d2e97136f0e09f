"""A card: words in the brand's type and colours, by an SVG template of `prompts/cards/`, over art or backdrop."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from PIL import Image
from pydantic import BaseModel, ConfigDict

from aboveboard.brief import Palette
from aboveboard.commission import Room
from aboveboard.digests import digest
from aboveboard.errors import ImageError
from aboveboard.imaging.colour import Scheme, schemes
from aboveboard.imaging.credentials import ROOM, source_of, xmp
from aboveboard.imaging.dealing import dealt
from aboveboard.imaging.emphasis import Occasion, Quotation
from aboveboard.imaging.fonts import clean
from aboveboard.imaging.logo import Logo
from aboveboard.imaging.ornament import ORNAMENTS
from aboveboard.imaging.pixels import (
    Box,
    MediaType,
    backdrop_picture,
    blurred,
    encode,
    lowest_contrast,
    main_colours,
    readable,
    render,
    veiled,
)
from aboveboard.imaging.sheet import NOTHING, Insets, Sheet
from aboveboard.imaging.typeset import Block, NoRoomError
from aboveboard.prompts import compiled
from aboveboard.shelves import shelves

TOO_FAINT = (
    "No arrangement of the palette reaches a contrast of {}, and APCA's of its size, on this card. "
    "Give brand.palette a darker ink or a lighter paper."
)
VEILS = (0.62, 0.76, 0.88, 0.96, 1.0)  # how much of the ground lies over a backdrop behind the type
BARE = (0.0,)  # over one that was painted to leave it room
FIGURE = re.compile(
    r"(?<![\w.,:/-])(?:[€$£]\s?)?\d{1,3}(?:[.,]\d+)*(?::\d\d)?(?:\s?[–-]\s?\d+)?"
    r"(?:\s?(?:%|€|£|°C|kg|g|l|ml|cm|mm|km|am|pm|Uhr)(?!\w))?(?![\w:/-]|[.,]\d)"
)
NAMED = re.compile(
    r"\w\W+[A-ZÄÖÜ][\w’]*$"
)  # before a bare figure, a name makes it a version or a line: "Apache 2.0"
PLAIN = ("statement", "image-first")
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
    occasion: Occasion | None = None  # when and where what the post announces takes place
    quotation: Quotation | None = None
    entries: tuple[str, ...] = ()  # three or more things that the post lists
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
    contrast: float  # lowest WCAG 2.2 ratio of type against the pixels behind any glyph
    boxes: tuple[
        tuple[Box, ...], ...
    ]  # where each block of type has its lines: left, top, right, bottom of their ink
    layout: str
    ornament: str | None  # or the painted backdrop's motif; None where it was painted freely
    scheme: Scheme

    @property
    def told(self) -> tuple[str, ...]:
        """What it says, apart from who says it, in the order in which that is understood."""
        words, when, said = self.words, self.words.occasion, self.words.quotation
        found: list[str | None] = [words.headline]
        if said and self.layout == "quote":
            found.append(f"{said.words} — {said.by}")
        if when and self.layout == "event":
            found += [f"{when.weekday} {when.day} {when.month}".strip(), when.hours, when.where]
        if self.layout == "list":
            found += words.entries
        return (*filter(None, found), *(line for line in self.lines if line == words.detail))


class Backdrop(NamedTuple):
    """How to come by a backdrop for a scheme and the rooms that type takes. `motif` is None if painted freely."""

    paint: Callable[[Scheme, tuple[Room, ...]], bytes]
    motif: str | None = None


class Printed(NamedTuple):
    """A card in pixels, before it is a file."""

    picture: Image.Image
    lines: tuple[str, ...]
    colours: tuple[str, ...]
    contrast: float
    boxes: tuple[tuple[Box, ...], ...]


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
    backdrop: Backdrop | None = None,
    minimum_contrast: float = 4.5,
    most_bytes: int | None = None,
    jpeg: bool = False,
    safe: Insets = NOTHING,
    logo: Logo | None = None,
    workspace: Path | None = None,
) -> Card:
    """Return the card for `words` at `size` (width and height in pixels); the same arguments give the same bytes.

    `place` is the card's place in its campaign: neighbours get another layout, ground, ornament and composition.
    No type stands within `safe`, and `logo` stands where the brand's name would.

    Raises:
        ImageError: A character has no glyph, a text can't be set legibly, or `backdrop` is no picture.
    """
    drawn = _cleaned(words)
    look = _look(drawn, palette, seed, place, painted=backdrop is not None)
    found = schemes(palette, minimum_contrast)

    def sheet_of(words: CardWords, look: Look, scheme: Scheme) -> Sheet:
        return Sheet(size, words, look, scheme, painted=backdrop is not None, safe=safe, logo=logo)

    drawn, look = next(
        (words, look)
        for words, look in _ever_plainer(drawn, look)
        if _has_room(sheet_of(words, look, found[0]), workspace)
    )
    rotated = _rotated(found, place, house_of(drawn.brand, palette))
    for scheme, veils in ((scheme, veils) for veils in _veils(backdrop) for scheme in rotated):
        sheet = sheet_of(drawn, look, scheme)
        printed = _printed(sheet, backdrop, veils, minimum_contrast, workspace)
        if printed:
            return _finished(printed, sheet, backdrop, most_bytes, jpeg)
    raise ImageError(TOO_FAINT.format(minimum_contrast))


def _finished(
    printed: Printed, sheet: Sheet, backdrop: Backdrop | None, most_bytes: int | None, jpeg: bool
) -> Card:
    said = xmp(source_of(painted=backdrop is not None))
    data, media_type = encode(printed.picture, most_bytes, jpeg, said, ROOM)
    return Card(
        data=data,
        media_type=media_type,
        width=sheet.width,
        height=sheet.height,
        words=sheet.words,
        lines=printed.lines,
        colours=printed.colours,
        contrast=round(printed.contrast, 2),
        boxes=printed.boxes,
        layout=sheet.look.layout,
        ornament=(backdrop.motif and f"painted-{backdrop.motif}") if backdrop else sheet.look.ornament,
        scheme=sheet.scheme,
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
        or (NAMED.search(before) and found[0].group().replace(".", "").isdigit())
        or after.startswith((".", ",", ";", ":", "!", "?", ")"))
    ):
        return None
    return Figure(before, found[0].group().replace(" ", "\u00a0"), after)


def _cleaned(words: CardWords) -> CardWords:
    kept = _clean(words.model_dump(exclude={"language"}))
    if not kept.get("headline") or not kept.get("brand"):
        raise ImageError(f"The card has no words to draw: headline {words.headline!r}, brand {words.brand!r}.")
    return CardWords(**kept, language=words.language)


def house_of(brand: str, palette: Palette) -> int:
    """Return a number that is the brand's own, from its name and colours: its cards share what hangs on it."""
    return int(digest({"brand": brand, "palette": palette})[:12], 16)


def _clean(given: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, dict):
            kept[name] = _clean(value)
        elif isinstance(value, tuple):
            kept[name] = tuple(filter(None, map(clean, value)))
        elif value is not None:
            kept[name] = clean(value)
    return kept


def _look(words: CardWords, palette: Palette, seed: int, place: int, *, painted: bool) -> Look:
    house = house_of(words.brand, palette)
    kinds = Random(house).sample(sorted(ORNAMENTS), 4)
    kind = kinds[dealt(house, "ornament", place, len(kinds))]
    figure = figure_in(words.headline)
    layout = emphasised(words, figure, place)
    if layout is None:
        layout = ("statement", "image-first", "statement")[dealt(house, "layout", place, 3)]
    turns = 2 if painted or layout == "image-first" else 3
    return Look(layout, "quote" if layout == "quote" else kind, dealt(house, "turn", place, turns), seed, figure)


def _ever_plainer(words: CardWords, look: Look) -> Iterator[tuple[CardWords, Look]]:
    """Yield what may be drawn, best first: as asked for, plain, and plain without the detail; the last must do."""
    yield words, look
    if look.layout not in PLAIN:
        kinds = sorted(ORNAMENTS)
        look = look._replace(layout=PLAIN[0], ornament=kinds[look.seed % len(kinds)])
        yield words, look
    yield words.model_copy(update={"detail": None}), look


def _has_room(sheet: Sheet, workspace: Path | None) -> bool:
    try:
        _layer("type", sheet, 0, workspace)
    except NoRoomError:
        if sheet.words.detail is None and sheet.look.layout in PLAIN:
            raise
        return False
    return True


def emphasised(words: CardWords, figure: Figure | None, place: int) -> str | None:
    """Return the layout that what the card says asks for; None where a plain one will do.

    Every fourth card is plain all the same, so that a campaign of dates isn't a row of calendars.
    """
    if words.quotation:
        return "quote"
    if place % 4 == 3:
        return None
    if words.occasion:
        return "event"
    if figure:
        return "number"
    return "list" if len(words.entries) >= 3 else None


def _rotated(found: tuple[Scheme, ...], place: int, house: int) -> list[Scheme]:
    first = dealt(house, "scheme", place, len(found))
    return [*found[first:], *found[:first]]


def _printed(
    sheet: Sheet, backdrop: Backdrop | None, veils: tuple[float, ...], minimum: float, workspace: Path | None
) -> Printed | None:
    """Return the picture with the thinnest veil that lets its type reach `minimum` contrast; None if none does."""
    type_layer = render(_layer("type", sheet, 0, workspace))
    sticker, lettering = _label(sheet, workspace) if backdrop and sheet.words.label else (None, None)
    if lettering:
        type_layer = Image.alpha_composite(type_layer, lettering)
    _hold_to_the_page(type_layer, sheet.look.layout)
    blocks = tuple(sheet.placed)
    boxes = [box for block in blocks for box in block.glyph_boxes]
    behind = calm = None
    if backdrop:
        behind = backdrop_picture(backdrop.paint(sheet.scheme, _rooms(sheet)), (sheet.width, sheet.height))
        calm = blurred(behind)
    for veil in veils:
        ground = render(_layer("field", sheet, veil, workspace))
        if behind and calm:
            ground = veiled(behind, calm, ground)
        if sticker:
            ground = Image.alpha_composite(ground, sticker)
        legible = lowest_contrast(ground, boxes, sheet.scheme.type)
        if legible >= minimum and readable(ground, blocks, sheet.scheme.type):
            picture = Image.alpha_composite(ground, type_layer)
            placed = tuple(block.boxes for block in blocks)
            return Printed(picture, _lines(sheet, blocks), main_colours(ground), legible, placed)
    return None


def _label(sheet: Sheet, workspace: Path | None) -> tuple[Image.Image, Image.Image]:
    """Return the label's ground and its lettering: in the lower margin, where no layout sets type."""
    block = sheet.label()
    values = {"block": block, "card": sheet}
    ground, lettering = (_drawn("_label", values | {"layer": layer}, workspace) for layer in ("field", "type"))
    return render(ground), render(lettering)


def _veils(backdrop: Backdrop | None) -> tuple[tuple[float, ...], ...]:
    """Return the veils to try with every scheme, in turn: a backdrop painted to leave room shall do without."""
    if backdrop is None:
        return (VEILS[-1:],)
    return (VEILS,) if backdrop.motif is None else (BARE, VEILS)


def _rooms(sheet: Sheet) -> tuple[Room, ...]:
    """Where each block of type stands, with some air about it, in shares of the page."""
    air = 2.4 * sheet.u
    found = []
    for block in sheet.placed:
        left, top, right, bottom = zip(*block.boxes, strict=True)
        end = sheet.edges.right if sheet.look.layout == "list" else max(right)  # its rules run on
        across = _share(min(left) - air, sheet.width), _share(end + air, sheet.width)
        down = _share(min(top) - air, sheet.height), _share(max(bottom) + air, sheet.height)
        found.append((across[0], down[0], across[1], down[1]))
    return tuple(found)


def _share(edge: float, side: int) -> float:
    return round(min(1.0, max(0.0, edge / side)), 3)


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
