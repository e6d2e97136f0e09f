"""Cards: legible whatever the palette, whole whatever the words, the same bytes for the same arguments."""

import io
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from aboveboard.brief import Palette
from aboveboard.errors import ImageError
from aboveboard.imaging.card import Backdrop, Card, CardWords, figure_in, render_card
from aboveboard.imaging.colour import contrast, facing, mix, rgb, schemes
from aboveboard.imaging.ornament import ORNAMENTS, Box, draw
from aboveboard.imaging.pixels import lowest_contrast
from aboveboard.imaging.typeset import Style, fitted

PALETTE = Palette(ink="#0f3d3e", paper="#f6f1e7", accent="#e4703a", support="#8fc1b5")
SIZES = [(540, 675), (600, 314), (540, 540), (540, 960), (500, 750)]  # half of what channels show
STYLE = Style(weight=900, tracking=-0.018, leading=1.06)
COMPOUND = "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrikation"
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
palettes = st.builds(Palette, ink=colours, paper=colours, accent=colours, support=colours)


def a_card(headline: str = "Spring has a new colour", size: tuple[int, int] = (540, 675), **options) -> Card:
    words = CardWords(headline=headline, brand="Quell", detail=options.pop("detail", None), link="quell.example")
    painted = options.pop("backdrop", None)
    backdrop = Backdrop(lambda scheme, rooms: painted) if painted else None
    palette, seed = options.pop("palette", PALETTE), options.pop("seed", 7)
    return render_card(words, palette, size, seed=seed, backdrop=backdrop, **options)


def a_backdrop(seed: int) -> bytes:
    noise = Image.frombytes("RGB", (6, 6), Random(seed).randbytes(108))
    file = io.BytesIO()
    noise.resize((300, 300), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


def test_the_same_arguments_give_the_same_bytes():
    assert a_card().data == a_card().data


def test_another_seed_gives_another_card():
    assert a_card(seed=1).data != a_card(seed=2).data


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("place", range(4))
def test_a_card_has_the_size_asked_for_and_legible_type(size, place):
    card = a_card("48 refill points, one map", size, place=place, detail="Every tap on it was checked.")
    assert Image.open(io.BytesIO(card.data)).size == size
    assert card.contrast >= 4.5


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(palettes, st.integers(0, 11))
def test_any_palette_makes_a_legible_card(palette, place):
    assert a_card("One map", (320, 400), palette=palette, place=place).contrast >= 4.5


@settings(max_examples=300, deadline=None)
@given(palettes, st.sampled_from([3.0, 4.5, 7.0]))
def test_every_scheme_of_any_palette_reaches_the_contrast(palette, minimum):
    found = schemes(palette, minimum)
    assert len(found) >= 2
    assert all(contrast(scheme.ground, scheme.type) >= minimum for scheme in found)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 999), st.integers(0, 11))
def test_type_over_any_backdrop_is_legible(seed, place):
    assert a_card("Fill up for free", (400, 500), place=place, backdrop=a_backdrop(seed)).contrast >= 4.5


def test_contrast_is_the_worst_of_what_is_behind_a_line_and_of_nothing_else():
    page = Image.new("RGB", (200, 100), "#ffffff")
    page.paste("#777777", (100, 0, 200, 100))
    assert lowest_contrast(page, [(0, 0, 100, 100)], "#000000") == pytest.approx(21)
    assert lowest_contrast(page, [(0, 0, 100, 100), (90, 0, 200, 100)], "#000000") == pytest.approx(4.69, abs=0.01)


@pytest.mark.parametrize("headline", [COMPOUND, "Hi", "W" * 40, "on to of in a the " * 6, "x" * 100])
@pytest.mark.parametrize("size", SIZES[:2], ids=str)
def test_no_type_leaves_the_page(headline, size):
    for place in range(3):
        left, top, right, bottom = _type_box(a_card(headline, size, place=place, backdrop=_plain("#77797b")))
        assert 20 <= left < right <= size[0] - 20
        assert 20 <= top < bottom <= size[1] - 20


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("abgåéßÜñijW.,-–/", min_size=1, max_size=30), min_size=1, max_size=12).map(" ".join))
def test_no_letter_is_lost_and_no_line_is_too_wide(text):
    lines, size = fitted(text, 900, 600, 150, 60, 5, STYLE)
    kept = "".join(lines).replace(" ", "").replace("-", "").replace("\u00a0", "")
    assert kept == text.replace(" ", "").replace("-", "")
    assert size > 0


def test_words_are_hyphenated_only_when_they_would_be_tiny():
    short, _ = fitted("Die Bibliothek liest vor", 900, 600, 150, 60, 5, STYLE)
    long, size = fitted(COMPOUND, 900, 600, 150, 60, 5, STYLE.model_copy(update={"language": "de"}))
    assert not any(line.endswith("-") for line in short)
    assert long[0] == "Donaudampf-" and size >= 60


def test_lines_balance_and_end_where_the_sense_does():
    lines, _ = fitted("Carry one bottle, leave the rest", 900, 600, 150, 60, 5, STYLE)
    assert lines == ("Carry one bottle,", "leave the rest")


def test_a_figure_stays_with_its_word():
    lines, _ = fitted("Meet us at the river on 14 April", 500, 600, 90, 60, 5, STYLE)
    assert any("14\u00a0April" in line for line in lines)


def test_emoji_are_left_out_and_the_words_stay():
    assert a_card("Refill 🌊 now 👩🏽‍🚒").lines[0] == "Refill now"


@pytest.mark.parametrize(
    ("headline", "named"), [("Ջուր", "U+054B"), ("தண்ணீர்", "U+0BA3"), ("ទឹក", "U+1780"), ("ወሃ", "U+1203")]
)
def test_letters_without_a_glyph_are_named_not_dropped(headline, named):
    with pytest.raises(ImageError, match=named.replace("+", r"\+")):
        a_card(headline)


def test_an_apostrophe_is_set_as_one():
    assert a_card("Let's be 'specific'").lines[0] == "Let’s be 'specific'"


def test_a_headline_of_emoji_alone_is_an_error():
    with pytest.raises(ImageError, match="no words to draw"):
        a_card("🌊🌊")


def test_a_headline_the_size_of_a_page_is_an_error():
    with pytest.raises(ImageError, match="Ask for a shorter headline"):
        a_card("word " * 800)


def test_markup_and_template_marks_are_drawn_as_they_are():
    card = a_card("</text><image href='file:///etc/passwd'/> {{ 7*7 }}", (1080, 1350))
    assert card.lines[0] == "</text><image href='file:///etc/passwd'/> {{ 7*7 }}"


@pytest.mark.parametrize(
    ("headline", "figure"),
    [
        ("90% recycled steel", ("", "90%", "recycled steel")),
        ("One dashboard for 40 repositories", ("One dashboard for", "40", "repositories")),
        ("Story hour at 4 pm", ("Story hour at", "4\u00a0pm", "")),
        ("1,200 books to take home", ("", "1,200", "books to take home")),
    ],
)
def test_a_figure_is_found_with_the_words_around_it(headline, figure):
    assert figure_in(headline) == figure


@pytest.mark.parametrize(
    "headline",
    ["No figure", "Open source, Apache 2.0", "In 2027", "3 of 4 agree", "Version 2.0.1", "24-hour taps", "42"],
)
def test_a_headline_without_one_clear_figure_has_none(headline):
    assert figure_in(headline) is None


def test_a_headline_set_around_its_figure_is_told_whole():
    cards = [a_card("One dashboard for 40 repositories", place=place) for place in range(3)]
    assert {card.layout for card in cards} == {"number"}
    assert all(card.lines[0] == "One dashboard for 40 repositories" for card in cards)


def test_every_text_drawn_is_told():
    card = a_card(detail="Four colours of steel.", place=0)
    layouts = {a_card(detail="Four colours of steel.", place=place).layout for place in range(3)}
    assert {"Quell", "quell.example", "Spring has a new colour"} <= set(card.lines)
    assert layouts == {"statement", "image-first"}


def test_neighbours_in_a_campaign_differ_in_ground_and_ornament():
    cards = [a_card(place=place, seed=place) for place in range(8)]
    pairs = list(zip(cards, cards[1:], strict=False))
    assert all(one.ornament != other.ornament for one, other in pairs)
    assert all(one.scheme.ground != other.scheme.ground for one, other in pairs)


def test_a_byte_limit_is_kept_by_falling_back_to_jpeg():
    card = a_card(backdrop=a_backdrop(3), most_bytes=60_000)
    assert card.media_type == "image/jpeg" and len(card.data) <= 40_000


def test_a_byte_limit_nothing_can_meet_is_an_error():
    with pytest.raises(ImageError, match="the channel takes 500"):
        a_card(most_bytes=500)


def test_one_painted_for_the_card_is_asked_for_the_scheme_and_the_rooms_of_its_type_and_shown_as_it_is():
    asked = []

    def paint(scheme, rooms):
        asked.append((scheme, rooms))
        return _plain(scheme.ground)

    words = CardWords(headline="Fill up for free", brand="Quell", link="quell.example")
    card = render_card(words, PALETTE, (400, 500), seed=7, backdrop=Backdrop(paint, "dunes"))
    [(scheme, rooms)] = asked
    assert card.scheme == scheme and card.ornament == "painted-dunes" and len(rooms) == 3
    assert all(0 <= left < right <= 1 and 0 <= top < bottom <= 1 for left, top, right, bottom in rooms)
    corner = Image.open(io.BytesIO(card.data)).convert("RGB").getpixel((1, 1))
    assert corner == rgb(scheme.ground)


def test_a_backdrop_that_is_no_picture_is_an_error():
    with pytest.raises(ImageError, match="no picture"):
        a_card(backdrop=b"not a picture")


def test_a_workspace_may_bring_its_own_layout(tmp_path):
    cards = tmp_path / "prompts" / "cards"
    cards.mkdir(parents=True)
    for layout in ("statement", "image-first", "number"):
        (cards / f"{layout}.svg.j2").write_text(OWN_LAYOUT, encoding="utf-8")
    assert a_card(workspace=tmp_path).lines == ("Spring has a new colour",)


def test_a_layout_that_lets_type_run_off_the_page_is_an_error(tmp_path):
    cards = tmp_path / "prompts" / "cards"
    cards.mkdir(parents=True)
    for layout in ("statement", "image-first"):
        (cards / f"{layout}.svg.j2").write_text(OWN_LAYOUT.replace("top=40", "top=-20"), encoding="utf-8")
    with pytest.raises(ImageError, match="runs off the page"):
        a_card(workspace=tmp_path)


def test_a_layout_that_asks_for_what_is_not_there_is_an_error(tmp_path):
    cards = tmp_path / "prompts" / "cards"
    cards.mkdir(parents=True)
    for layout in ("statement", "image-first"):
        (cards / f"{layout}.svg.j2").write_text("{{ card.words.price }}", encoding="utf-8")
    with pytest.raises(ImageError, match="Correct the template"):
        a_card(workspace=tmp_path)


@pytest.mark.parametrize("kind", ORNAMENTS)
@pytest.mark.parametrize("box", [Box(0, 0, 1080, 300), Box(20, 30, 300, 900), Box(0, 0, 90, 90)], ids=str)
def test_an_ornament_fills_any_box_in_the_schemes_colours(kind, box):
    scheme = facing(schemes(PALETTE, 4.5)[0], 1)
    shapes = draw(kind, box, scheme, 5)
    assert shapes == draw(kind, box, scheme, 5)
    assert len({shape.fill for shape in shapes}) >= 2


def test_mixing_nothing_or_all_gives_either_colour():
    assert (mix("#0f3d3e", "#f6f1e7", 0), mix("#0f3d3e", "#f6f1e7", 1)) == ("#0f3d3e", "#f6f1e7")


OWN_LAYOUT = """
{% set item = {"text": card.words.headline, "size": 40, "least": 20, "lines": 5, "height": 400} %}
{% set body = card.stack([item], 20, card.width - 40, top=40) %}
<svg xmlns="http://www.w3.org/2000/svg" width="{{ card.width }}" height="{{ card.height }}">
{% if layer == "field" %}<rect width="100%" height="100%" fill="{{ card.scheme.ground }}"/>
{% else %}{% from "_parts.svg.j2" import type %}{{ type(body.blocks[0], card.scheme.type) }}{% endif %}
</svg>
"""


def _plain(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(file, "PNG")
    return file.getvalue()


def _type_box(card: Card) -> tuple[int, int, int, int]:
    """Return where the pixels in exactly the type's colour are."""
    picture = Image.open(io.BytesIO(card.data)).convert("RGB")
    of_type = Image.new("RGB", picture.size, card.scheme.type)
    same = ImageChops.difference(picture, of_type).convert("L").point(lambda level: 255 if level == 0 else 0)
    return same.getbbox()
