"""Layouts: six of them, in every format and ten scripts; no type cut, covered, crowded or too faint."""

import io
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from aboveboard.brief import Palette
from aboveboard.channel import load_channels
from aboveboard.imaging.card import Card, CardWords, render_card
from aboveboard.imaging.colour import lc, least_lc, schemes
from aboveboard.imaging.emphasis import Occasion, Quotation
from aboveboard.imaging.fonts import clean
from aboveboard.imaging.shaping import rightward, shaped
from aboveboard.imaging.sheet import NOTHING, Insets
from aboveboard.imaging.typeset import Style, fitted, pieces

PALETTE = Palette(ink="#0f3d3e", paper="#f6f1e7", accent="#b5401b", support="#8fc1b5")
FORMATS = {  # half of what channels show: 4:5, 1.91:1, 1:1, 9:16, 2:3, 1200 × 630
    "4:5": (540, 675),
    "1.91:1": (600, 314),
    "1:1": (540, 540),
    "9:16": (540, 960),
    "2:3": (500, 750),
    "1200x630": (600, 315),
}
STORY = Insets(top=135, bottom=190)
OCCASION = Occasion(weekday="Saturday", day="27", month="March", hours="10:00–16:00", where="Bristol harbour")
QUOTATION = Quotation(words="“I have not bought water since the map came out.”", by="Ada, who cycles to work")
ENTRIES = ("Holds 600 ml", "Weighs 240 g", "Fits a bike cage")
LAYOUTS = {  # what a card says, and the layout that asks for
    "event": {"headline": "Meet us at the harbour", "occasion": OCCASION},
    "quote": {"headline": "A reader on refills", "quotation": QUOTATION},
    "list": {"headline": "One bottle", "entries": ENTRIES},
    "number": {"headline": "90% recycled steel"},
}
LETTERS = {
    "en": "abcdefghijklmnopqrstuvwxyzÉñü",
    "ru": "абвгдежзийклмнопрстуфхцчшщыэюяЁ",
    "el": "αβγδεζηθικλμνξοπρστυφχψωΆή",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "he": "אבגדהוזחטיכלמנסעפצקרשת",
    "hi": "कखगघचछजझटठडढतथदधनपफबभमयरलवशसह",
    "th": "กขคงจฉชซญดตถทธนบปผพฟภมยรลวสหอ",
    "ja": "水地図春本店駅無料あいうえおかきくけこさしすせそたちつてとアイウエオ",
    "zh": "水地图春本店站免费的一是在不了有和人这中大为上个国",
    "ko": "가나다라마바사아자차카타파하물병지도무료채우기",
}


def a_card(size: tuple[int, int] = (540, 675), *, language: str = "en", safe: Insets = NOTHING, **said) -> Card:
    options = {name: said.pop(name) for name in ("seed", "place", "palette") if name in said}
    words = CardWords(brand="Quell", link="quell.example/map", language=language, **said)
    return render_card(
        words, options.pop("palette", PALETTE), size, seed=options.pop("seed", 7), safe=safe, **options
    )


def crowded(card: Card) -> list[tuple]:
    """Return the pairs of lines, of different blocks, whose ink overlaps."""
    lines = [(number, box) for number, block in enumerate(card.boxes) for box in block]
    return [
        (one, other)
        for (a, one), (b, other) in combinations(lines, 2)
        if a != b and one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]


def outside(card: Card, safe: Insets) -> list[tuple]:
    """Return the lines whose ink leaves the page, or reaches into what the channel covers."""
    right, bottom = card.width - safe.right, card.height - safe.bottom
    boxes = [box for block in card.boxes for box in block]
    return [b for b in boxes if b[0] < safe.left or b[1] < safe.top or b[2] > right or b[3] > bottom]


def words_of(language: str) -> st.SearchStrategy[str]:
    longest = 22 if language in ("ja", "zh", "th") else 13
    word = st.text(LETTERS[language], min_size=1, max_size=longest)
    return st.lists(st.one_of(word, st.integers(0, 999).map(str)), min_size=1, max_size=9).map(" ".join)


@st.composite
def cards(draw: st.DrawFn) -> tuple[dict, tuple[int, int], Insets, int]:
    language = draw(st.sampled_from(sorted(LETTERS)))
    text = words_of(language)
    short = text.map(lambda words: words[:24].strip())
    name = text.map(lambda words: words[:10].strip())  # a weekday's or a month's
    said: dict = {"headline": draw(text), "language": language}
    kind = draw(st.sampled_from(["plain", "event", "quote", "list"]))
    if kind == "event":
        where = draw(st.none() | short)
        said["occasion"] = Occasion(
            weekday=draw(name), day="10–16", month=draw(name), hours="9:00–21:00", where=where
        )
    elif kind == "quote":
        said["quotation"] = Quotation(words=draw(text), by=draw(short))
    elif kind == "list":
        said["entries"] = tuple(draw(st.lists(short, min_size=3, max_size=5)))
    else:
        said["detail"] = draw(st.none() | text)
    size = draw(st.sampled_from(sorted(FORMATS.values())))
    return said, size, STORY if size == FORMATS["9:16"] else Insets(), draw(st.integers(0, 11))


@pytest.mark.slow
@settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(cards())
def test_no_text_in_any_script_is_cut_covered_crowded_or_faint(asked):
    said, size, safe, place = asked
    card = a_card(size, safe=safe, place=place, **said)
    assert outside(card, safe) == []
    assert crowded(card) == []
    assert card.contrast >= 4.5
    drawn = "".join(card.lines).replace(" ", "").replace("\u00a0", "")
    assert clean(said["headline"]).replace(" ", "") in drawn


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", FORMATS)
def test_what_a_card_says_chooses_its_layout_in_every_format(layout, shape):
    safe = STORY if shape == "9:16" else Insets()
    for place in range(3):
        card = a_card(FORMATS[shape], place=place, safe=safe, **LAYOUTS[layout])
        assert card.layout == layout
        assert outside(card, safe) == [] and crowded(card) == []


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", ["4:5", "1.91:1", "9:16"])
def test_type_stands_where_it_stood(layout, shape, snapshot):
    card = a_card(FORMATS[shape], safe=STORY if shape == "9:16" else NOTHING, **LAYOUTS[layout])
    rounded = [[tuple(round(edge) for edge in box) for box in block] for block in card.boxes]
    assert {"lines": card.lines, "boxes": rounded} == snapshot


def test_every_fourth_card_of_dates_is_no_calendar():
    layouts = [a_card(place=place, **LAYOUTS["event"]).layout for place in range(8)]
    assert layouts.count("event") == 6 and layouts[3] != "event"


def test_a_date_a_quotation_and_a_list_are_told_as_drawn():
    event = a_card(**LAYOUTS["event"])
    assert {"Saturday", "27", "March", "10:00–16:00 · Bristol harbour"} <= set(event.lines)
    assert set(ENTRIES) <= set(a_card(**LAYOUTS["list"]).lines)
    quote = a_card(**LAYOUTS["quote"])
    assert {QUOTATION.words, "— Ada, who cycles to work"} <= set(quote.lines)


def test_the_entries_of_a_list_have_one_size():
    entries = ("Hook", "Handle and Hammer and much else that is here", "Hold")
    card = a_card((600, 314), headline="Three things", entries=entries)
    heights = {round(box[3] - box[1], 1) for block in card.boxes for box in block if box[1] > 100}
    drawn = {line: block[0] for line, block in zip(("head", "foot", "h", *entries), card.boxes, strict=False)}
    caps = {round(drawn[entry][3] - drawn[entry][1], 1) for entry in entries}
    assert len(caps) == 1 and caps < heights


@pytest.mark.parametrize("language", ["ar", "he"])
def test_a_page_read_from_right_to_left_begins_at_the_right(language):
    headline = {"ar": "الماء أقرب إليك مما تظن", "he": "המים קרובים יותר ממה שנדמה לך"}[language]
    card = a_card(headline=headline, language=language)
    rights = [max(box[2] for box in block) for block in card.boxes]
    headlines = [right for right, block in zip(rights, card.boxes, strict=True) if len(block) > 1]
    assert all(abs(right - (540 - 40)) < 4 for right in headlines)


def test_a_figure_in_an_arabic_line_keeps_its_order():
    line = shaped("ماء 214", 700, 0.0, "ar", True)
    alone = shaped("214", 700, 0.0, "ar", False)
    assert [g.path for g in line.glyphs[:3]] == [g.path for g in alone.glyphs]


def test_a_full_stop_of_an_english_line_on_an_arabic_page_stays_at_its_end():
    assert not rightward("Open in March.", "ar")
    assert rightward("Tidewell تعرض", "ar") and rightward("10:00–16:00", "ar") and rightward("שלום", "en")


def test_arabic_letters_join():
    joined, apart = shaped("بيت", 700, 0.0, "ar", True), [shaped(c, 700, 0.0, "ar", True) for c in "بيت"]
    assert joined.width < sum(letter.width for letter in apart)


def test_lines_without_spaces_break_between_phrases():
    assert len(pieces("水は、思っているよりも近くにあります。", "ja")) > 3
    assert len(pieces("น้ำอยู่ใกล้กว่าที่คุณคิดเสมอ", "th")) > 3
    lines, _ = fitted(
        "水は、思っているよりも近くにあります。", 500, 600, 120, 40, 5, Style(language="ja").suited("水")
    )
    assert len(lines) > 1 and not any(line[0] in "、。っー" for line in lines)


def test_no_short_word_is_left_alone_on_the_last_line_where_that_can_be_helped():
    for text in (
        "Carry one bottle with you to it",
        "There is a tap closer than you do",
        "We list what we missed so far on",
    ):
        for width in (500, 620, 760, 900):
            lines, _ = fitted(text, width, 620, 110, 50, 5, Style(tracking=-0.018, leading=1.06))
            assert len(lines) == 1 or len(lines[-1].split()) > 1 or len(lines[-1]) > 4, lines


@pytest.mark.parametrize(
    ("colour", "ground", "expected"),
    [
        ("#888888", "#ffffff", 63.06),
        ("#ffffff", "#888888", 68.54),
        ("#000000", "#aaaaaa", 58.15),
        ("#112233", "#ddeeff", 91.67),
    ],
)
def test_apca_counts_as_its_authors_do(colour, ground, expected):
    assert lc(colour, ground) == pytest.approx(expected, abs=0.01)


def test_small_type_needs_more_contrast_than_a_headline():
    assert least_lc(140, 900, 1080) == 45.0
    assert least_lc(40, 700, 1080) == 60.0


def test_type_that_only_wcag_finds_readable_is_taken_further_from_its_ground():
    dim = Palette(ink="#0d0d0d", paper="#7d7d7d", accent="#7d7d7d", support="#0d0d0d")
    found = schemes(dim, 4.5)
    assert all(lc(scheme.type, scheme.ground) >= 60 for scheme in found)
    assert lc("#7d7d7d", "#0d0d0d") < 60


def test_stories_tell_what_their_viewer_covers():
    channels = load_channels()
    for name in ("instagram", "facebook"):
        story = channels[name].images.story
        card = a_card(
            (story.width // 2, story.height // 2),
            safe=Insets(*(e / 2 for e in story.safe.edges)),
            headline="Hello there",
        )
        assert story.safe.top >= 250 and story.safe.source.startswith("https://")
        assert outside(card, Insets(*(edge / 2 for edge in story.safe.edges))) == []


def test_a_card_in_any_script_is_the_same_twice():
    one, other = (a_card(headline="نص עברית 水 วัน", language="ar").data for _ in range(2))
    assert one == other
    assert Image.open(io.BytesIO(one)).size == (540, 675)


@pytest.mark.parametrize(
    "palette", [PALETTE, Palette(ink="#0D1B2A", paper="#F1F4F8", accent="#1F5FBF", support="#9FB3C8")]
)
def test_no_two_of_a_campaigns_cards_look_alike_even_with_the_same_words(palette):
    cards = [a_card(headline="The same words", place=place, seed=place, palette=palette) for place in range(12)]
    small = [Image.open(io.BytesIO(card.data)).convert("RGB").resize((16, 20)) for card in cards]
    apart = [sum(ImageStat.Stat(ImageChops.difference(a, b)).mean) / 3 for a, b in combinations(small, 2)]
    assert min(apart) > 12  # of 255, at a glance: a thumbnail of 16 × 20 pixels


def test_chinese_and_japanese_each_get_their_own_form_of_a_letter():
    japanese, chinese = (shaped("直骨", 700, 0.0, language, False) for language in ("ja", "zh"))
    assert [glyph.path for glyph in japanese.glyphs] != [glyph.path for glyph in chinese.glyphs]


def test_controls_of_direction_are_dropped_and_joiners_kept_where_letters_join():
    assert clean("a\u202ebc\u2066d\u200d") == "abcd"
    assert clean("می\u200cروم") == "می\u200cروم"
