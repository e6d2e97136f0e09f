from datetime import date
from pathlib import Path

import pytest

from aboveboard.channel import Channel, load_channels
from aboveboard.errors import PolicyError

SHIPPED = Path(__file__).parent.parent / "guardrails" / "channels"
ORDINARY = {"bluesky", "facebook", "instagram", "linkedin", "mastodon", "pinterest", "threads", "x"}


def workspace(tmp_path: Path, name: str, text: str) -> Path:
    folder = tmp_path / "guardrails" / "channels"
    folder.mkdir(parents=True)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def shipped(name: str) -> str:
    return (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")


def test_the_usual_channels_are_there() -> None:
    assert set(load_channels()) >= ORDINARY


@pytest.mark.parametrize("channel", load_channels().values(), ids=lambda channel: channel.id)
def test_every_number_has_a_source_and_a_date(channel: Channel) -> None:
    numbers = [channel.text, channel.ai_label, *filter(None, (channel.octets, channel.url, channel.weights))]
    if channel.images:
        numbers += [channel.images, channel.images.most_bytes, channel.images.most]
    assert all(number.source.startswith("https://") for number in numbers)
    assert all(number.checked_on >= date(2026, 11, 23) for number in numbers)


@pytest.mark.parametrize("channel", load_channels().values(), ids=lambda channel: channel.id)
def test_the_length_readers_like_is_within_the_limit(channel: Channel) -> None:
    assert channel.sweet < channel.text.value


def test_a_workspace_may_correct_a_channel_and_add_one(tmp_path: Path) -> None:
    longer = shipped("mastodon").replace("value: 500", "value: 5000")
    root = workspace(tmp_path, "mastodon", longer)
    other = shipped("mastodon").replace("id: mastodon", "id: chaos-social")
    (root / "guardrails" / "channels" / "chaos-social.yaml").write_text(other, encoding="utf-8")
    channels = load_channels(root)
    assert channels["mastodon"].text.value == 5000
    assert channels["chaos-social"].text.value == 500


def test_a_channel_that_miscounts_its_own_vectors_is_refused_with_the_line(tmp_path: Path) -> None:
    text = shipped("x").replace("count: 38", "count: 46")
    line = text[: text.index("count: 46")].count("\n") + 1
    with pytest.raises(PolicyError, match=f"x.yaml:{line}: counts 38, not 46"):
        load_channels(workspace(tmp_path, "x", text))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: x\n", "id: twitter\n", "the id is twitter"),
        ("checked_on: 2026-11-23}", "}", "checked_on is missing"),
        ("sweet: 220", "sweat: 220", 'sweat is no known key. Did you mean "sweet"?'),
        ("unit: weighted", "unit: wieghted", 'Did you mean "weighted"?'),
        ("weights:", "wights:", "wights is no known key"),
        ("formats: [image/jpeg", "formats: [image/gif", "can't be 'image/gif'"),
    ],
)
def test_a_wrong_channel_file_says_what_would_be_right(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = shipped("x").replace(old, new, 1)
    with pytest.raises(PolicyError) as refused:
        load_channels(workspace(tmp_path, "x", text))
    assert says in str(refused.value)


def test_weighted_counting_without_weights_is_refused(tmp_path: Path) -> None:
    text = shipped("bluesky").replace("unit: graphemes", "unit: weighted", 1)
    with pytest.raises(PolicyError, match="weighted counting needs weights"):
        load_channels(workspace(tmp_path, "bluesky", text))
