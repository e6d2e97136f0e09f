"""Colour by the brand's four roles: contrast as WCAG 2.2 and APCA count it, mixing in OKLab, schemes for cards."""

from functools import cache

from pydantic import BaseModel, ConfigDict

from aboveboard.brief import Palette

Triple = tuple[float, float, float]
SMALL_LC, LARGE_LC = 60.0, 45.0  # least APCA contrast of small type, and of type from LARGE on
LARGE = {400: 36.0, 700: 24.0, 900: 24.0}  # CSS pixels from which type of a weight is large
PHONE = 375.0  # CSS pixels that a picture is wide on a phone: what a card's type is seen at
APART = 0.09  # OKLab distance under which two flat shapes can't be told apart at a glance


class Scheme(BaseModel):
    """What each colour does on one card: the ground, the type on it, three colours for shapes, boldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str  # the role the ground plays in the palette: paper, ink, accent or support
    ground: str
    type: str
    shapes: tuple[str, str, str]


def rgb(colour: str) -> tuple[int, int, int]:
    """Return "#rrggbb" as three numbers from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def linear(channel: float) -> float:
    """Return an sRGB channel (0 to 255) as light (0 to 1). Source: IEC 61966-2-1."""
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def luminance(red: float, green: float, blue: float) -> float:
    """Return the relative luminance of an sRGB pixel. Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def ratio(one: float, other: float) -> float:
    """Return the contrast ratio of two luminances, 1 to 21. Source: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


@cache
def contrast(one: str, other: str) -> float:
    """Return the WCAG 2.2 contrast ratio of two colours."""
    return ratio(luminance(*rgb(one)), luminance(*rgb(other)))


def lightness_contrast(type_luminance: float, ground_luminance: float) -> float:
    """Return the APCA contrast Lc of type on a ground, without its sign: 0 to 108. Takes `apca_luminance`.

    Source: apca-w3 0.1.9, constants 0.0.98G-4g, https://github.com/Myndex/apca-w3
    """
    letters, ground = (y + max(0.0, 0.022 - y) ** 1.414 for y in (type_luminance, ground_luminance))
    if abs(ground - letters) < 0.0005:
        return 0.0
    if ground > letters:
        found = (ground**0.56 - letters**0.57) * 1.14
    else:
        found = (letters**0.62 - ground**0.65) * 1.14
    return 0.0 if found < 0.1 else float((found - 0.027) * 100)


def apca_luminance(red: float, green: float, blue: float) -> float:
    """Return an sRGB pixel's screen luminance as APCA takes it: a plain power of 2.4. Source: apca-w3 0.1.9."""
    shares = (0.2126729, 0.7151522, 0.0721750)
    return float(
        sum(share * (level / 255) ** 2.4 for share, level in zip(shares, (red, green, blue), strict=True))
    )


@cache
def lc(type_colour: str, ground: str) -> float:
    """Return the APCA contrast of two colours."""
    return lightness_contrast(apca_luminance(*rgb(type_colour)), apca_luminance(*rgb(ground)))


def least_lc(size: float, weight: int, page_width: float) -> float:
    """Return the APCA contrast that type of `size` pixels needs on a picture `page_width` pixels wide, on a phone.

    Lc 45 for headlines (24 CSS pixels bold, 36 regular), Lc 60 for all that is smaller: levels of the ARC's
    bronze mode. It asks Lc 75 for body text to be read in columns, which no card has. Source: ARC, "Visual
    Contrast of Text", https://readtech.org/ARC/tests/visual-readability-contrast/
    """
    return LARGE_LC if size * PHONE / page_width >= LARGE.get(weight, 36.0) else SMALL_LC


@cache
def oklab(colour: str) -> Triple:
    """Return a colour in OKLab: lightness 0 to 1, then green-red and blue-yellow.

    Source: https://bottosson.github.io/posts/oklab/
    """
    r, g, b = (linear(channel) for channel in rgb(colour))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def mix(one: str, other: str, share: float) -> str:
    """Return `one` with `share` (0 to 1) of `other` mixed in, as the eye would mix them."""
    a, b = oklab(one), oklab(other)
    return _hex(tuple(x + (y - x) * share for x, y in zip(a, b, strict=True)))  # type: ignore[arg-type]


def distance(one: str, other: str) -> float:
    """Return how far apart two colours look, in OKLab."""
    return float(sum((x - y) ** 2 for x, y in zip(oklab(one), oklab(other), strict=True)) ** 0.5)


def schemes(palette: Palette, minimum: float) -> tuple[Scheme, ...]:
    """Return the brand's colours in every arrangement whose type reaches `minimum` and Lc 60; at least two.

    A palette too even to be read is stretched: its ink towards black, its paper towards white, hue kept. So is
    type that WCAG finds readable on a ground and APCA doesn't.
    """
    ink, paper = _stretched(palette.ink.lower(), palette.paper.lower(), minimum)
    roles = {"paper": paper, "ink": ink, "accent": palette.accent.lower(), "support": palette.support.lower()}
    found = []
    for name, ground in roles.items():
        best = _deepened(max((ink, paper), key=lambda colour: contrast(colour, ground)), ground, minimum)
        if legible(best, ground, minimum):
            found.append(Scheme(name=name, ground=ground, type=best, shapes=_shapes(name, ground, best, roles)))
    return tuple(found)


def facing(scheme: Scheme, turn: int) -> Scheme:
    """Return the scheme of a panel beside `scheme`'s ground: one of its bold colours, with the others upon it."""
    ground = scheme.shapes[turn % 2]
    far = max((scheme.type, scheme.ground), key=lambda colour: distance(colour, ground))
    apart = [c for c in dict.fromkeys((*scheme.shapes, scheme.ground)) if distance(c, ground) >= APART]
    tints = [mix(ground, far, share) for share in (1.0, 0.5, 0.25)]
    first, second, third, *_ = sorted(apart, key=lambda colour: -distance(colour, ground)) + tints
    return Scheme(name=scheme.name, ground=ground, type=scheme.type, shapes=(first, second, third))


def legible(type_colour: str, ground: str, minimum: float) -> bool:
    """Return whether small type can be read on a flat ground: by WCAG's ratio and by APCA's Lc."""
    return contrast(type_colour, ground) >= minimum and lc(type_colour, ground) >= SMALL_LC


def _deepened(type_colour: str, ground: str, minimum: float) -> str:
    """Return `type_colour`, taken a little further from `ground` where only APCA asks for it."""
    if contrast(type_colour, ground) < minimum:
        return type_colour
    end = "#000000" if luminance(*rgb(type_colour)) < luminance(*rgb(ground)) else "#ffffff"
    shares = (step / 20 for step in range(21))
    tried = (mix(type_colour, end, share) if share else type_colour for share in shares)
    return next((colour for colour in tried if legible(colour, ground, minimum)), type_colour)


def _stretched(ink: str, paper: str, minimum: float) -> tuple[str, str]:
    if _both_ways(ink, paper, minimum):
        return ink, paper
    dark, light = sorted((ink, paper), key=lambda colour: luminance(*rgb(colour)))
    share = 0.0
    while not _both_ways(dark, light, minimum) and share < 1:
        share = round(share + 0.05, 2)
        dark, light = mix(dark, "#000000", share), mix(light, "#ffffff", share)
    return dark, light


def _both_ways(one: str, other: str, minimum: float) -> bool:
    return legible(one, other, minimum) and legible(other, one, minimum)


def _shapes(name: str, ground: str, type_colour: str, roles: dict[str, str]) -> tuple[str, str, str]:
    """The other roles, boldest first; one too close to the ground gives way to a tint of the type colour."""
    wanted = [roles[role] for role in ("accent", "support", "ink", "paper") if role != name]
    apart = [colour for colour in wanted if distance(colour, ground) >= APART]
    tints = [mix(ground, type_colour, share) for share in (0.3, 0.16, 0.5)]
    first, second, third, *_ = apart + tints
    return first, second, third


def _hex(lab: Triple) -> str:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    light = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{_channel(value):02x}" for value in light)


def _channel(light: float) -> int:
    light = min(1.0, max(0.0, light))
    value = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(255 * value)
