"""How long a text is to each channel: graphemes, weighted characters, UTF-16 units, emoji as bytes."""

import unicodedata

import regex

from aboveboard.channel import Channel, Unit, Weights

_GRAPHEME = regex.compile(r"\X")
_URL = regex.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?'()\[\]]")
_MENTION = regex.compile(r"(?<![\w/])@(\w[\w.-]*)@[\w-]+(?:\.[\w-]+)+")
_KEYCAP = r"[#*0-9]\uFE0F?\u20E3"
_TINTED = r"\p{Emoji_Modifier_Base}\p{Emoji_Modifier}"
_EMOJI = regex.compile(rf"\p{{Emoji_Presentation}}|\p{{Extended_Pictographic}}\uFE0F|{_TINTED}|{_KEYCAP}")
_PICTURE = regex.compile(rf"\p{{Extended_Pictographic}}|\p{{Regional_Indicator}}|{_KEYCAP}")


def count(text: str, channel: Channel) -> int:
    """Return the length of `text` in the unit of `channel.text`, URLs and mentions as the channel counts them."""
    if channel.short_mentions:
        text = _MENTION.sub(r"@\1", text)
    if channel.url is None:
        return measure(text, channel.text.unit, channel.weights)
    plain = _URL.sub("", text)
    urls = len(_URL.findall(text))
    return measure(plain, channel.text.unit, channel.weights) + urls * channel.url.value


def fits(text: str, channel: Channel) -> bool:
    """Whether `channel` takes `text`: within its limit, and within its limit of bytes where it has one."""
    within = count(text, channel) <= channel.text.value
    return within and (channel.octets is None or measure(text, "bytes") <= channel.octets.value)


def measure(text: str, unit: Unit, weights: Weights | None = None) -> int:
    """Return the length of `text` in `unit`.

    Graphemes are UAX #29 extended clusters; UTF-16 units are what JavaScript counts.
    """
    match unit:
        case "graphemes":
            return len(_GRAPHEME.findall(text))
        case "bytes":
            return len(text.encode("utf-8"))
        case "utf16":
            return len(text.encode("utf-16-le")) // 2
        case "emoji-bytes":
            return sum(_emoji_as_bytes(cluster) for cluster in _GRAPHEME.findall(text))
        case "weighted":
            assert weights is not None, "the loader refuses a weighted channel without weights"
            return _weigh(text, weights)
    return len(text)


def _emoji_as_bytes(cluster: str) -> int:
    return len(cluster.encode("utf-8")) if _PICTURE.match(cluster) else len(cluster)


def _weigh(text: str, weights: Weights) -> int:
    """Weigh `text` as twitter-text 3 does: NFC, an emoji cluster as one, code points by range.

    Source: https://docs.x.com/fundamentals/counting-characters
    """
    clusters = _GRAPHEME.findall(unicodedata.normalize("NFC", text))
    return sum(
        weights.emoji if _EMOJI.match(cluster) else _weigh_letters(cluster, weights) for cluster in clusters
    )


def _weigh_letters(cluster: str, weights: Weights) -> int:
    light = [any(first <= ord(letter) <= last for first, last in weights.light) for letter in cluster]
    return sum(1 if is_light else weights.heavy for is_light in light)
