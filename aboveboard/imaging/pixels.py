"""Pictures as pixels: rendering SVG, measuring contrast, laying layers, encoding."""

import io
import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import Literal

import resvg_py
from PIL import Image, ImageFilter, ImageOps, PngImagePlugin

from aboveboard.errors import ImageError
from aboveboard.imaging.colour import apca_luminance, least_lc, lightness_contrast, luminance, ratio, rgb
from aboveboard.imaging.typeset import Block

Box = tuple[float, float, float, float]
Weighing = Callable[[float, float, float], float]  # a pixel's luminance, by one definition or another
MediaType = Literal["image/png", "image/jpeg"]
SAMPLES = 20_000  # pixels looked at behind one line of type, on an even grid
MOST_PIXELS = 64_000_000
QUALITIES = (92, 86, 80, 72, 64)


def render(svg: str) -> Image.Image:
    """Return the SVG as an RGBA picture. The renderer is given no font: type comes to it in outlines.

    Raises:
        ImageError: The SVG is not well formed, as after a slip in a template.
    """
    try:
        data = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    except ValueError as problem:
        raise ImageError(
            f"A card template made an SVG that can't be drawn: {problem}. Look in prompts/cards/."
        ) from None
    return Image.open(io.BytesIO(bytes(data))).convert("RGBA")


def backdrop_picture(data: bytes, size: tuple[int, int]) -> Image.Image:
    """Return painted `data` cropped to cover `size`.

    Raises:
        ImageError: The bytes are no picture, or an absurdly large one.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ImageError(f"The painted backdrop has {picture.width} × {picture.height} pixels: too many.")
            return ImageOps.fit(picture.convert("RGBA"), size, Image.Resampling.LANCZOS)
    except (OSError, SyntaxError, Image.DecompressionBombError) as problem:
        raise ImageError(
            f"The painted backdrop is no picture ({problem}). Run again, or change image_model."
        ) from None


def blurred(behind: Image.Image) -> Image.Image:
    """Return a backdrop out of focus: the calm ground that type wants."""
    return behind.filter(ImageFilter.GaussianBlur(min(behind.size) / 28))


def veiled(behind: Image.Image, calm: Image.Image, field: Image.Image) -> Image.Image:
    """Return `field` over the backdrop, which is `calm` as far as the field veils it."""
    return Image.alpha_composite(Image.composite(calm, behind, field.getchannel("A")), field)


def lowest_contrast(picture: Image.Image, boxes: Iterable[Box], colour: str) -> float:
    """Return the lowest WCAG contrast of type in `colour` against the pixels in any of `boxes`.

    The darkest and lightest hundredth of a box's pixels are left out, as single specks don't hide a letter.
    """
    of_type = luminance(*rgb(colour))
    picture = picture.convert("RGB")
    return min(ratio(of_type, end) for box in boxes for end in _luminance_range(picture, box))


def readable(picture: Image.Image, blocks: Iterable[Block], colour: str) -> bool:
    """Return whether APCA finds every block of type in `colour` readable at its size on what is behind it."""
    of_type = apca_luminance(*rgb(colour))
    picture = picture.convert("RGB")
    return all(
        lightness_contrast(of_type, end) >= least_lc(block.size, block.style.weight, picture.width)
        for block in blocks
        for box in block.boxes
        for end in _luminance_range(picture, box, apca_luminance)
    )


def _luminance_range(picture: Image.Image, box: Box, of: Weighing = luminance) -> tuple[float, float]:
    left, top, right, bottom = (round(edge) for edge in box)
    area = picture.convert("RGB").crop(
        (max(0, left), max(0, top), min(picture.width, right), min(picture.height, bottom))
    )
    step = max(1, math.isqrt(area.width * area.height // SAMPLES))
    area = area.resize((max(1, area.width // step), max(1, area.height // step)), Image.Resampling.NEAREST)
    counted = area.getcolors(area.width * area.height) or []
    weigh = _weighing(of)
    ladder = sorted((weigh(*colour), count) for count, colour in counted)  # type: ignore[misc]
    spare = area.width * area.height // 100
    return _after(ladder, spare), _after(ladder[::-1], spare)


def _after(ladder: list[tuple[float, int]], spare: int) -> float:
    passed = 0
    for value, count in ladder:
        passed += count
        if passed > spare:
            return value
    return ladder[-1][0]


@cache
def _weighing(of: Weighing) -> Weighing:
    """Return `of` by table: each channel's share of the luminance, for every level it can have."""
    reds, greens, blues = (
        tuple(of(*(level if place == channel else 0 for place in range(3))) for level in range(256))
        for channel in range(3)
    )
    return lambda red, green, blue: reds[int(red)] + greens[int(green)] + blues[int(blue)]


def main_colours(picture: Image.Image, most: int = 4) -> tuple[str, ...]:
    """Return the colours that fill a picture, the most of it first; of a painted one, what they come down to."""
    small = picture.convert("RGB").resize((96, 96), Image.Resampling.NEAREST)
    if len(small.getcolors(96 * 96) or ()) > 64:
        small = small.quantize(most, Image.Quantize.MEDIANCUT).convert("RGB")
    counted = sorted(small.getcolors(96 * 96) or (), reverse=True)
    return tuple("#{:02x}{:02x}{:02x}".format(*colour) for _, colour in counted[:most])  # type: ignore[misc]


def encode(
    picture: Image.Image, most_bytes: int | None, jpeg: bool, xmp: bytes = b"", room: int = 0
) -> tuple[bytes, MediaType]:
    """Return the picture's file and its media type: PNG where it fits and `jpeg` is not asked for, else JPEG.

    `xmp` is a packet to be written into it; `room` is how many of `most_bytes` something else will need.

    Raises:
        ImageError: Not even a small JPEG keeps to `most_bytes`.
    """
    flat = picture.convert("RGB")
    fits = most_bytes - room if most_bytes is not None else math.inf
    if not jpeg:
        noted = PngImagePlugin.PngInfo()
        if xmp:
            noted.add_itxt("XML:com.adobe.xmp", xmp.decode())
        data = _saved(flat, format="PNG", compress_level=6, pnginfo=noted)
        if len(data) <= fits:
            return data, "image/png"
    for quality in QUALITIES:
        data = _saved(flat, format="JPEG", quality=quality, subsampling=0, optimize=True, xmp=xmp or None)
        if len(data) <= fits:
            return data, "image/jpeg"
    raise ImageError(
        f"The card can't be made smaller than {len(data)} bytes; the channel takes {most_bytes}, of which its "
        f"credentials need {room}."
    )


def _saved(picture: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, **options)  # type: ignore[arg-type]
    return file.getvalue()
