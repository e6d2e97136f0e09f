"""Alt text: what is there, in the slot's language, within the channel's limit."""

import re
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aboveboard.brief import Palette
from aboveboard.channel import Limit, load_channels
from aboveboard.counting import measure
from aboveboard.imaging.alt_text import TONGUES, alt_text, colour_name
from aboveboard.imaging.card import Card, CardWords, render_card
from aboveboard.imaging.colouring import LIGHT
from aboveboard.imaging.emphasis import Occasion, Quotation
from aboveboard.imaging.ornament import ORNAMENTS

PALETTE = Palette(ink="#0f3d3e", paper="#f6f1e7", accent="#e4703a", support="#8fc1b5")


def a_card(place: int = 0, headline: str = "Refill for free") -> Card:
    words = CardWords(headline=headline, brand="Quell", detail="Every tap on the map was checked.")
    return render_card(words, PALETTE, (320, 400), seed=3, place=place)


CARD = a_card()
PICTURE_OF = re.compile(r"(an? )?(image|picture|photo) of|bild von|imagen de|image de|immagine di", re.IGNORECASE)


def a_limit(value: int, unit: str = "graphemes") -> Limit:
    return Limit(value=value, unit=unit, source="a test", checked_on=date(2026, 11, 23))


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
@pytest.mark.parametrize("place", range(3))
def test_alt_text_says_the_words_and_never_image_of(language, place):
    told = alt_text(a_card(place), language, None)
    assert "Refill for free" in told and "Quell" in told
    assert not told.lower().startswith(("image", "picture", "bild", "imagen"))


def test_alt_text_says_how_the_card_looks():
    card = a_card().model_copy(update={"ornament": "waves", "colours": ("#0f3d3e", "#e4703a", "#8fc1b5")})
    dark = card.model_copy(update={"scheme": card.scheme.model_copy(update={"ground": "#0f3d3e"})})
    assert alt_text(dark, "en", None).startswith(
        "Dark teal card with a disc above waves in orange and pale green."
    )
    assert alt_text(dark, "de", None).startswith("Karte in Dunkelpetrol mit einer Scheibe über Wellen in Orange")
    assert alt_text(dark, "es", None).startswith("Tarjeta de color verde azulado oscuro con un disco sobre ondas")


def test_a_painted_backdrop_is_called_painted_by_a_model():
    painted = a_card().model_copy(update={"ornament": None})
    assert "painted by a model" in alt_text(painted, "en", None)


def test_a_detail_that_is_not_drawn_is_not_told():
    plain, number = a_card(headline="Refill for free"), a_card(headline="Refill at 214 taps")
    assert number.layout == "number" and "Every tap on the map was checked." not in number.lines
    assert "Every tap" in alt_text(plain, "en", None) and "Every tap" not in alt_text(number, "en", None)


@pytest.mark.parametrize("channel", [c for c in load_channels().values() if c.images and c.images.alt])
@given(
    headline=st.text("Refill water 214 Straße niño été ", min_size=2, max_size=90).filter(str.strip),
    language=st.sampled_from(["en", "de", "es", "fr", "it"]),
    painted=st.booleans(),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_alt_text_of_any_headline_keeps_each_channel_s_limit_and_never_says_that_it_is_a_picture(
    channel, headline, language, painted
):
    drawn = CARD.model_copy(
        update={
            "words": CARD.words.model_copy(update={"headline": headline}),
            "lines": (headline, *CARD.lines[1:]),
            "ornament": None if painted else "waves",
        }
    )
    told = alt_text(drawn, language, channel.images.alt)
    assert measure(told, channel.images.alt.unit) <= channel.images.alt.value
    assert not PICTURE_OF.match(told)
    if painted and language in TONGUES:
        assert TONGUES[language].motifs["painted"] in told


@pytest.mark.parametrize("limit", [400, 90, 40, 20, 8])
@pytest.mark.parametrize("unit", ["graphemes", "utf16", "bytes"])
def test_alt_text_keeps_to_the_limit_and_gives_up_looks_before_words(limit, unit):
    told = alt_text(a_card(), "en", a_limit(limit, unit))
    assert measure(told, unit) <= limit
    assert "Refill" in told or limit == 8


@pytest.mark.parametrize("tongue", TONGUES.values(), ids=TONGUES)
def test_every_ornament_has_its_words_in_every_language(tongue):
    painted = {f"painted-{motif}" for motif in LIGHT}
    assert set(tongue.motifs) == {*ORNAMENTS, "painted", "quote", *painted}


@pytest.mark.parametrize(
    ("colour", "names"),
    [
        ("#101828", ("dark blue", "Dunkelblau", "azul oscuro")),
        ("#efb94b", ("golden yellow", "Goldgelb", "amarillo dorado")),
        ("#3d5afe", ("blue", "Blau", "azul")),
        ("#ffffff", ("white", "Weiß", "blanco")),
    ],
)
def test_colours_have_plain_names(colour, names):
    assert tuple(colour_name(colour, language) for language in ("en", "de", "es")) == names


def test_a_date_a_list_and_a_quotation_are_told_to_whoever_does_not_see_them():
    when = Occasion(weekday="Saturday", day="27", month="March", hours="10:00–16:00", where="Bristol harbour")
    heard = Quotation(words="“The map found me a tap.”", by="Ada, a rider")
    for said, told in (
        ({"occasion": when}, "“Saturday 27 March”, “10:00–16:00”, “Bristol harbour”"),
        ({"entries": ("Cafés", "Libraries", "Stations")}, "“Cafés”, “Libraries”, “Stations”"),
        ({"quotation": heard}, "“The map found me a tap.” — Ada, a rider"),
    ):
        words = CardWords(headline="Water, near you", brand="Quell", **said)
        card = render_card(words, PALETTE, (540, 675), seed=1)
        assert f"“Water, near you”, {told}." in alt_text(card, "en", None)
