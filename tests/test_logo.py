"""Logos: a file from the workspace that can do nothing but be drawn, and can be seen where it stands."""

import io
from pathlib import Path

import pytest
from PIL import Image
from test_layouts import PALETTE, a_card

from aboveboard.errors import ImageError
from aboveboard.imaging.card import CardWords, render_card
from aboveboard.imaging.colour import schemes
from aboveboard.imaging.logo import MOST_BYTES, read_logo, seen

WORDS = CardWords(headline="Fill up for free", brand="Quell", link="quell.example")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100">{inside}</svg>'
DROP = '<path d="M20 10h260v80h-260z" fill="#b5401b"/>'


def a_file(folder: Path, inside: str = DROP, name: str = "logo.svg") -> str:
    (folder / name).write_text(SVG.format(inside=inside), encoding="utf-8")
    return name


def a_png(folder: Path, colour: str, size: tuple[int, int] = (300, 100)) -> str:
    Image.new("RGBA", size, colour).save(folder / "logo.png")
    return "logo.png"


def with_logo(folder: Path, name: str, place: int = 0, size: tuple[int, int] = (540, 675)):
    return render_card(WORDS, PALETTE, size, seed=3, place=place, logo=read_logo(name, folder))


def test_a_logo_stands_where_the_name_would(tmp_path):
    plain, marked = a_card(headline="Fill up for free"), with_logo(tmp_path, a_file(tmp_path))
    assert "Quell" in plain.lines and "Quell" not in marked.lines
    colours = Image.open(io.BytesIO(marked.data)).convert("RGB").getcolors(1 << 24)
    assert sum(count for count, colour in colours if colour == (0xB5, 0x40, 0x1B)) > 500


@pytest.mark.parametrize("size", [(540, 675), (600, 314), (540, 960)], ids=str)
@pytest.mark.parametrize("place", range(3))
def test_a_logo_and_the_type_beside_it_keep_apart(tmp_path, size, place):
    card = with_logo(tmp_path, a_png(tmp_path, "#d000d0"), place, size)
    picture = Image.open(io.BytesIO(card.data)).convert("RGB")
    logo = [at for at, pixel in enumerate(picture.get_flattened_data()) if pixel == (0xD0, 0, 0xD0)]
    left, right = min(at % size[0] for at in logo), max(at % size[0] for at in logo)
    top, bottom = logo[0] // size[0], logo[-1] // size[0]
    for x, y, end, floor in (box for block in card.boxes for box in block):
        assert end < left or x > right or floor < top or y > bottom


def test_a_logo_that_would_be_lost_on_the_ground_gets_a_plate(tmp_path):
    logo = read_logo(a_png(tmp_path, "#f6f1e7"), tmp_path)
    assert seen(logo.png, "#f6f1e7") == 0 and seen(logo.png, "#0f3d3e") == 1
    on_paper, on_ink = (logo.placed(0, 0, 120, 40, scheme) for scheme in schemes(PALETTE, 4.5)[:2])
    assert on_paper.plate and seen(logo.png, on_paper.plate) == 1
    assert on_ink.plate is None


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="file:///etc/passwd"/>',
        '<image href="https://example.org/x.png"/>',
        '<use href="other.svg#a"/>',
        "<script>alert(1)</script>",
        "<foreignObject/>",
        "<text>Quell</text>",
        '<path d="M0 0h9v9z" fill="url(https://example.org/#a)"/>',
        "<style>@import url(https://example.org/a.css);</style>",
        '<a href="https://example.org"><path d="M0 0h9v9z"/></a>',
        '<clipPath id="a"><path d="M0 0h9v9z" clip-path="url(#a)"/></clipPath>',
        "<g>" * 2 + '<path d="M0 0h1v1z"/>' * 5000 + "</g>" * 2,
    ],
    ids=lambda inside: inside[:24],
)
def test_an_svg_that_does_more_than_draw_shapes_is_refused(tmp_path, inside):
    with pytest.raises(ImageError, match=r"brand\.logo"):
        read_logo(a_file(tmp_path, inside + DROP), tmp_path)


def test_an_svg_with_entities_is_refused(tmp_path):
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SVG.format(
        inside="<title>&b;</title>" + DROP
    )
    (tmp_path / "logo.svg").write_text(bomb, encoding="utf-8")
    with pytest.raises(ImageError, match="entities"):
        read_logo("logo.svg", tmp_path)


def test_an_svg_of_enormous_size_is_drawn_at_ours(tmp_path):
    inside = SVG.format(inside=DROP).replace("<svg ", '<svg width="90000000" height="30000000" ')
    (tmp_path / "logo.svg").write_text(inside, encoding="utf-8")
    assert len(read_logo("logo.svg", tmp_path).png) < 100_000


def test_an_svg_as_editors_save_it_is_taken(tmp_path):
    head = '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">\n'
    inside = '<metadata><x:thing xmlns:x="urn:x"/></metadata><x:view xmlns:x="urn:x"/>' + DROP
    (tmp_path / "logo.svg").write_text(head + SVG.format(inside=inside), encoding="utf-8")
    assert read_logo("logo.svg", tmp_path).shape == pytest.approx(260 / 80, abs=0.1)


@pytest.mark.parametrize("name", ["../logo.svg", "/etc/hostname", "missing.png", "."])
def test_only_a_file_of_the_workspace_is_read(tmp_path, name):
    folder = tmp_path / "workspace"
    folder.mkdir()
    a_file(tmp_path)
    with pytest.raises(ImageError, match="no file in the workspace"):
        read_logo(name, folder)


def test_a_link_out_of_the_workspace_is_not_followed(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    a_file(tmp_path)
    (folder / "logo.svg").symlink_to(tmp_path / "logo.svg")
    with pytest.raises(ImageError, match="no file in the workspace"):
        read_logo("logo.svg", folder)


def test_a_file_too_large_or_no_picture_is_refused(tmp_path):
    (tmp_path / "large.png").write_bytes(b"\x89PNG" + bytes(MOST_BYTES))
    (tmp_path / "text.png").write_text("no picture", encoding="utf-8")
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    for name in ("large.png", "text.png", "cut.png"):
        with pytest.raises(ImageError, match=r"brand\.logo"):
            read_logo(name, tmp_path)


def test_a_logo_of_nothing_or_too_thin_is_refused(tmp_path):
    for name in (a_png(tmp_path, "#ffffff00"), a_png(tmp_path, "#000000", (4000, 10))):
        with pytest.raises(ImageError, match=r"brand\.logo"):
            read_logo(name, tmp_path)
