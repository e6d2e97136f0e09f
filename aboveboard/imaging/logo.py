"""The brand's logo, from a file that nobody vouches for: measured, held to drawing, and drawn."""

import base64
import io
import re
import xml.etree.ElementTree as tree
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import resvg_py
from PIL import Image

from aboveboard.errors import ImageError
from aboveboard.imaging.colour import Scheme, contrast

MOST_BYTES = 1_000_000
MOST_SIDE = 4096  # pixels of a PNG's longer side
MOST_ELEMENTS = 4000
DRAWN = 360  # pixels of the longer side, at which a logo is kept
SEEN = 3.0  # the contrast a graphical object needs, https://www.w3.org/TR/WCAG22/#non-text-contrast
SVG = "{http://www.w3.org/2000/svg}"
KNOWN = frozenset(
    "svg g a defs title desc metadata path rect circle ellipse line polyline polygon linearGradient "
    "radialGradient stop clipPath style".split()
)
OUTSIDE = re.compile(r"url\(\s*['\"]?\s*(?!#)|@import|javascript:", re.IGNORECASE)


class Mark(NamedTuple):
    """A logo where it stands on a page, in pixels; on a plate where it would be lost on the ground."""

    href: str
    x: float
    y: float
    width: float
    height: float
    plate: str | None
    pad: float


class Logo(NamedTuple):
    """A logo as a picture: its PNG, and how wide it is for its height."""

    png: bytes
    shape: float

    def fitted(self, width: float, height: float) -> tuple[float, float]:
        """Return the size at which it fits a box, in pixels."""
        high = min(height, width / self.shape)
        return high * self.shape, high

    def placed(self, x: float, y: float, width: float, height: float, scheme: Scheme) -> Mark:
        """Return the mark for a box, on a plate if most of it can't be seen on the scheme's ground."""
        href = "data:image/png;base64," + base64.b64encode(self.png).decode()
        if seen(self.png, scheme.ground) >= 0.5:
            return Mark(href, x, y, width, height, None, 0.0)
        plate = max((scheme.type, "#ffffff", "#000000"), key=lambda colour: seen(self.png, colour))
        pad = 0.14 * height
        inner = height - 2 * pad
        return Mark(href, x, y, width * inner / height + 2 * pad, height, plate, pad)


def read_logo(name: str, workspace: Path | None) -> Logo:
    """Return the logo in the file `name`, which stands in the workspace.

    Raises:
        ImageError: It lies outside the workspace, is too large, no PNG or SVG, or an SVG that does more than draw.
    """
    folder = (workspace or Path.cwd()).resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise ImageError(f"brand.logo: {name!r} is no file in the workspace {folder}. Copy the logo there.")
    if path.stat().st_size > MOST_BYTES:
        raise ImageError(f"brand.logo: {name!r} is larger than {MOST_BYTES} bytes. Save a smaller one.")
    return _logo(path.read_bytes(), name)


@lru_cache(maxsize=4)
def _logo(data: bytes, name: str) -> Logo:
    picture = _opened(data, name) if data.startswith(b"\x89PNG") else _drawn(data, name)
    box = picture.getbbox()
    if box is None:
        raise ImageError(f"brand.logo: there is nothing to see in {name!r}. Save it again.")
    picture = picture.crop(box)
    picture.thumbnail((DRAWN * 2, DRAWN), Image.Resampling.LANCZOS)
    if not 0.2 <= picture.width / picture.height <= 12:
        raise ImageError(
            f"brand.logo: {name!r} is too narrow or too flat to be placed. Give another version of it."
        )
    file = io.BytesIO()
    picture.save(file, "PNG")
    return Logo(file.getvalue(), picture.width / picture.height)


def _opened(data: bytes, name: str) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            if max(picture.size) > MOST_SIDE:
                raise ImageError(
                    f"brand.logo: {name!r} has a side of more than {MOST_SIDE} pixels. Make it smaller."
                )
            return picture.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as problem:
        raise ImageError(f"brand.logo: {name!r} is no PNG that can be read ({problem}). Save it again.") from None


def _drawn(data: bytes, name: str) -> Image.Image:
    root = _parsed(data, name)
    root.set("width", str(2 * DRAWN))
    root.set("height", str(2 * DRAWN))
    try:
        png = resvg_py.svg_to_bytes(svg_string=tree.tostring(root, encoding="unicode"), skip_system_fonts=True)
    except ValueError as problem:
        raise ImageError(f"brand.logo: {name!r} can't be drawn ({problem}). Export it as plain SVG.") from None
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def _parsed(data: bytes, name: str) -> tree.Element:
    """Return an SVG that can do nothing but draw shapes: no type, no pictures, no links, nothing that repeats."""
    try:
        text = data.decode("utf-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            text = re.sub(r"<!DOCTYPE[^\[>]*>", "", text)
        if "<!" in re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).replace("<![CDATA[", ""):
            raise ImageError(f"brand.logo: {name!r} declares entities. Export it as plain SVG.")
        root = tree.fromstring(text)
    except (tree.ParseError, UnicodeDecodeError) as problem:
        raise ImageError(f"brand.logo: {name!r} is neither PNG nor SVG ({problem}). Save it again.") from None
    if root.tag != SVG + "svg":
        raise ImageError(f"brand.logo: {name!r} is neither PNG nor SVG. Save it as one of them.")
    _strip(root)
    found = list(root.iter())
    strange = sorted({element.tag.removeprefix(SVG) for element in found} - KNOWN)
    if strange or len(found) > MOST_ELEMENTS:
        what = f"<{strange[0]}>" if strange else f"more than {MOST_ELEMENTS} elements"
        raise ImageError(f"brand.logo: {name!r} has {what}. Export it as plain shapes, its text as paths.")
    if any(_reaches_out(element) for element in found):
        raise ImageError(f"brand.logo: {name!r} refers to something outside itself. Export it as plain shapes.")
    if any("clip-path" in inner.attrib for clip in root.iter(SVG + "clipPath") for inner in clip.iter()):
        raise ImageError(f"brand.logo: {name!r} clips what clips. Export it as plain shapes.")
    if "viewBox" not in root.attrib:
        sides = [re.sub(r"[a-z]+$", "", root.get(side, "100")) for side in ("width", "height")]
        root.set("viewBox", f"0 0 {sides[0]} {sides[1]}")
    return root


def _strip(element: tree.Element) -> None:
    """Take out what editors leave in their own namespaces."""
    for child in list(element):
        if isinstance(child.tag, str) and child.tag.startswith(SVG):
            _strip(child)
        else:
            element.remove(child)


def _reaches_out(element: tree.Element) -> bool:
    links = [value for key, value in element.attrib.items() if key.endswith("href")]
    words = [*element.attrib.values(), element.text or ""]
    return any(not link.startswith("#") for link in links) or any(OUTSIDE.search(word) for word in words)


@lru_cache(maxsize=64)
def seen(png: bytes, ground: str) -> float:
    """Return what share of a logo's solid pixels reaches 3:1 against `ground`."""
    small = Image.open(io.BytesIO(png)).convert("RGBA")
    small.thumbnail((64, 64))
    solid = [(r, g, b) for r, g, b, alpha in small.get_flattened_data() if alpha > 160]  # type: ignore[misc]
    told = [contrast("#{:02x}{:02x}{:02x}".format(*pixel), ground) >= SEEN for pixel in solid]
    return sum(told) / len(told) if told else 0.0
