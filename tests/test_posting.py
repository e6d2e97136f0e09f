from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.brief import Brief
from aboveboard.channel import Channel, load_channels
from aboveboard.counting import count, fits, measure
from aboveboard.draft import Caption
from aboveboard.errors import PlanError
from aboveboard.plan import Slot
from aboveboard.posting import budget, post_text
from aboveboard.reading import read_brief
from aboveboard.scheduling import schedule_slots

BRIEF = read_brief(Path(__file__).parent.parent / "briefs" / "spring-refill.yaml")
CHANNELS = load_channels()
SLOT = schedule_slots(BRIEF, CHANNELS, "plan").slots[0]


def slot(channel: str, language: str = "en") -> Slot:
    return SLOT.model_copy(update={"channel": channel, "language": language})


def brief(link: str = "https://tidewell.example/refill", tags: tuple[str, ...] = (), partner: str = "") -> Brief:
    action = BRIEF.action.model_copy(update={"link": link})
    disclosure = BRIEF.disclosure.model_copy(update={"sponsored": bool(partner), "partner": partner or None})
    return BRIEF.model_copy(update={"action": action, "hashtags": tags, "disclosure": disclosure})


def post(text: str, asked: Brief, channel: str, language: str = "en", tags: tuple[str, ...] = ()) -> str:
    caption = Caption(text=text, headline="", hashtags=tags)
    return post_text(caption, asked, slot(channel, language), CHANNELS[channel])


def test_a_post_is_words_then_link_then_hashtags() -> None:
    assert post("Refill.", brief(tags=("Spring",)), "mastodon", tags=("Tidewell",)) == (
        "Refill.\n\nhttps://tidewell.example/refill\n\n#Tidewell #Spring"
    )


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("en", "Ad · with Acme"),
        ("de", "Anzeige · mit Acme"),
        ("es", "Publicidad · con Acme"),
        ("pl", "Ad · with Acme"),
    ],
)
def test_a_sponsored_post_begins_with_the_label_in_its_language(language: str, label: str) -> None:
    assert post("Hola.", brief(partner="Acme"), "x", language).startswith(f"{label}\n\n")


def test_where_a_link_cannot_be_tapped_it_is_what_people_would_type() -> None:
    assert post("Refill.", brief("https://tidewell.example/"), "instagram") == "Refill.\n\ntidewell.example"


def test_hashtags_are_each_given_once_whatever_their_case() -> None:
    shown = post("Refill.", brief(tags=("refill", "Spring")), "mastodon", tags=("#Refill", "REFILL"))
    assert shown.endswith("\n\n#Refill #Spring")


def test_what_cannot_be_a_hashtag_is_left_out() -> None:
    shown = post("Refill.", brief(), "mastodon", tags=("two words", "2027", "a.b", "", "#", "Größe"))
    assert shown.endswith("\n\n#Größe")


def test_no_more_hashtags_than_the_channel_takes() -> None:
    tags = tuple(f"tag{number}" for number in range(40))
    for name, channel in CHANNELS.items():
        most = channel.hashtags.most.value if channel.hashtags.most else channel.hashtags.sensible
        assert post("Refill.", brief(), name, tags=tags).count("#") == min(most, channel.hashtags.sensible)


def test_a_hashtag_that_does_not_fit_is_left_out_rather_than_the_post_too_long() -> None:
    asked = brief(tags=("a",))
    room = budget(asked, slot("x"), CHANNELS["x"]).limit
    shown = post("w" * room, asked, "x", tags=("h" * 60,))
    assert shown.endswith("\n\n#a")
    assert count(shown, CHANNELS["x"]) == 280


def test_a_budget_too_small_for_a_sentence_is_refused_by_how_much() -> None:
    with pytest.raises(PlanError, match="leave 2. of 300 graphemes; a sentence needs 60. Shorten action.link"):
        budget(brief("https://tidewell.example/" + "a" * 250), slot("bluesky"), CHANNELS["bluesky"])


def test_a_budget_names_the_unit_and_never_wishes_more_than_there_is() -> None:
    given_ = budget(brief("https://tidewell.example/" + "a" * 150), slot("bluesky"), CHANNELS["bluesky"])
    assert (given_.unit, given_.alt_text) == ("graphemes", 2000)
    assert given_.sweet == given_.limit < 240


PIECES = ["a", "é", "e\u0301", "日", " ", ".", "\n", "😀", "👨‍👩‍👧‍👦", "🇪🇸", "“", "7", " @b@c.example "]
BODIES = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def cut(body: str, channel: Channel, limit: int) -> str:
    while count(body, channel) > limit or measure(body, "bytes") > 2000:
        body = body[: len(body) * 3 // 4].strip()
    return body


@pytest.mark.parametrize("name", CHANNELS)
@settings(max_examples=40, deadline=None)
@given(
    body=BODIES,
    times=st.integers(1, 40),
    partner=st.sampled_from(["", "Acme", "Großhandel & Söhne"]),
    tags=st.lists(st.text(st.sampled_from("aZé日_9"), max_size=60), max_size=6).map(tuple),
    path=st.text(st.sampled_from("ab/?=&"), max_size=40),
)
def test_a_body_within_the_budget_makes_a_post_that_fits(
    name: str, body: str, times: int, partner: str, tags: tuple[str, ...], path: str
) -> None:
    channel, asked = CHANNELS[name], brief(f"https://a.example/{path}", ("SpringRefill",), partner)
    room = budget(asked, slot(name), channel)
    shown = post(cut(body * times, channel, room.limit), asked, name, tags=tags)
    assert fits(shown, channel), (count(shown, channel), room)
