import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.channel import load_channels
from aboveboard.counting import count, fits, measure

CHANNELS = load_channels()
FAMILY = "👨‍👩‍👧‍👦"
LINK = "https://tidewell.example/refill?from=spring&lang=en"  # 50 characters

VECTORS = [
    ("x", "", 0),
    ("x", "Refill", 6),
    ("x", "Größe, él, naïve", 16),
    ("x", "cafe\u0301", 4),
    ("x", "日本語", 6),
    ("x", "Привет", 6),
    ("x", "عربي", 4),
    ("x", "हिन्दी", 6),
    ("x", "한국어", 6),
    ("x", "\u1112\u1161\u11ab", 2),
    ("x", "“so” – it’s…", 13),
    ("x", "€5", 3),
    ("x", "😀", 2),
    ("x", FAMILY, 2),
    ("x", "👍🏽", 2),
    ("x", "☝🏽", 2),
    ("x", "🇪🇸🇩🇪", 4),
    ("x", "1️⃣", 2),
    ("x", "❤️", 2),
    ("x", "7 © ®", 5),
    ("x", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 2),
    ("x", LINK, 23),
    ("x", f"See {LINK}.", 28),
    ("x", f"({LINK}) and {LINK}", 53),
    ("mastodon", LINK, 23),
    ("mastodon", "http://a.example", 23),
    ("mastodon", "@ines@bibliothek.example says", 10),
    ("mastodon", "mail ines@bibliothek.example", 28),
    ("mastodon", FAMILY, 1),
    ("bluesky", FAMILY, 1),
    ("bluesky", "cafe\u0301 🇪🇸", 6),
    ("bluesky", LINK, 51),
    ("bluesky", "a\r\nb", 3),
    ("threads", "café", 4),
    ("threads", "☀️ 😀", 11),
    ("threads", FAMILY, 25),
    ("threads", "7", 1),
    ("linkedin", "𝗯𝗼𝗹𝗱", 8),
    ("linkedin", FAMILY, 11),
    ("instagram", "Größe 😀", 8),
]


@pytest.mark.parametrize(("channel", "text", "length"), VECTORS)
def test_a_text_counts_as_the_channel_counts_it(channel: str, text: str, length: int) -> None:
    assert count(text, CHANNELS[channel]) == length


@pytest.mark.parametrize("name", CHANNELS)
def test_a_text_fits_up_to_the_limit_and_not_one_beyond(name: str) -> None:
    channel = CHANNELS[name]
    assert fits("a" * channel.text.value, channel)
    assert not fits("a" * (channel.text.value + 1), channel)


def test_bluesky_also_counts_bytes() -> None:
    assert count(FAMILY * 200, CHANNELS["bluesky"]) == 200
    assert not fits(FAMILY * 200, CHANNELS["bluesky"])


@given(text=st.text(max_size=60))
def test_no_unit_counts_more_than_bytes_nor_less_than_nothing(text: str) -> None:
    for unit in ("graphemes", "characters", "utf16", "emoji-bytes"):
        assert 0 <= measure(text, unit) <= measure(text, "bytes")
    assert measure(text, "graphemes") <= measure(text, "characters") <= measure(text, "utf16")


@pytest.mark.parametrize("name", CHANNELS)
@given(one=st.text(max_size=40), other=st.text(max_size=40))
def test_paragraphs_count_the_same_together_as_apart(name: str, one: str, other: str) -> None:
    channel = CHANNELS[name]
    together = count(f"{one}.\n\n{other}", channel)
    assert together == count(f"{one}.", channel) + count("\n\n", channel) + count(other, channel)
