"""Colour by the brand's four roles: contrast as WCAG 2.2 counts it, mixing in OKLab, and schemes for cards."""

from functools import cache

from pydantic import BaseModel, ConfigDict

from aboveboard.brief import Palette

Triple = tuple[float, float, float]
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
    """Return the brand's colours in every arrangement whose type reaches `minimum` contrast; at least two.

    A palette too even to be read is stretched: its ink towards black, its paper towards white, hue kept.
    """
    ink, paper = _stretched(palette.ink.lower(), palette.paper.lower(), minimum)
    roles = {"paper": paper, "ink": ink, "accent": palette.accent.lower(), "support": palette.support.lower()}
    found = []
    for name, ground in roles.items():
        best = max((ink, paper), key=lambda colour: contrast(colour, ground))
        if contrast(best, ground) >= minimum:
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


def _stretched(ink: str, paper: str, minimum: float) -> tuple[str, str]:
    if contrast(ink, paper) >= minimum:
        return ink, paper
    dark, light = sorted((ink, paper), key=lambda colour: luminance(*rgb(colour)))
    share = 0.0
    while contrast(dark, light) < minimum and share < 1:
        share = round(share + 0.05, 2)
        dark, light = mix(dark, "#000000", share), mix(light, "#ffffff", share)
    return dark, light


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
