"""The exact post a channel would show: disclosure first, the caption's own words, the link, the hashtags."""

import re
import unicodedata

from aboveboard.brief import Brief
from aboveboard.channel import Channel
from aboveboard.commission import Budget
from aboveboard.counting import count, fits
from aboveboard.draft import Caption
from aboveboard.errors import PlanError
from aboveboard.plan import Slot

LEAST = 60  # a body shorter than this says nothing worth posting

# Advertising must be known for what it is at once: UCPD Annex I no. 11, ICC Advertising Code Art. 7.
_SPONSORED = {
    "en": ("Ad", "with"),
    "de": ("Anzeige", "mit"),
    "es": ("Publicidad", "con"),
    "fr": ("Publicité", "avec"),
    "it": ("Pubblicità", "con"),
    "nl": ("Advertentie", "met"),
    "pt": ("Publicidade", "com"),
}
_TAG = re.compile(r"(?!\d+$)\w{1,60}")


def post_text(caption: Caption, brief: Brief, slot: Slot, channel: Channel) -> str:
    """Return the post as `channel` would show it: label, words, link, and the hashtags that still fit."""
    post = _frame(caption.text.strip(), brief, slot, channel)
    kept: tuple[str, ...] = ()
    for tag in _hashtags((*caption.hashtags, *brief.tags(slot.language)), channel):
        if fits(_tagged(post, (*kept, tag)), channel):
            kept = (*kept, tag)
    return _tagged(post, kept)


def budget(brief: Brief, slot: Slot, channel: Channel) -> Budget:
    """Return what is left for the caption's own words beside the label, the link and the brief's hashtags.

    Raises:
        PlanError: Less is left than a sentence needs.
    """
    rest = _tagged(_frame("", brief, slot, channel), _hashtags(brief.tags(slot.language), channel))
    room = channel.text.value - count(rest, channel)
    if room < LEAST:
        raise PlanError(
            f"On {channel.title}, label, link and hashtags leave {max(room, 0)} of {channel.text.value} "
            f"{channel.text.unit}; a sentence needs {LEAST}. Shorten action.link, disclosure.partner or hashtags."
        )
    alt = channel.images.alt if channel.images else None
    return Budget(
        limit=room,
        unit=channel.text.unit,
        hashtags=_most_hashtags(channel),
        alt_text=alt.value if alt else 0,
        sweet=min(channel.sweet, room),
    )


def _frame(body: str, brief: Brief, slot: Slot, channel: Channel) -> str:
    return "\n\n".join([*_label(brief, slot.language), body, _link(brief.action.link, channel)])


def _tagged(post: str, tags: tuple[str, ...]) -> str:
    return f"{post}\n\n{' '.join(f'#{tag}' for tag in tags)}" if tags else post


def sponsored_label(language: str) -> str:
    """Return the word that says in `language`, at once, that a post is paid for."""
    return _SPONSORED.get(language, _SPONSORED["en"])[0]


def _label(brief: Brief, language: str) -> list[str]:
    if not brief.disclosure.sponsored:
        return []
    word, beside = _SPONSORED.get(language, _SPONSORED["en"])
    partner = brief.disclosure.partner
    return [f"{word} · {beside} {partner}" if partner else word]


def _link(link: str, channel: Channel) -> str:
    """Return the link as people use it: where it can't be tapped, what they would type."""
    return link if channel.links_clickable else link.removeprefix("https://").removesuffix("/")


def _hashtags(tags: tuple[str, ...], channel: Channel) -> tuple[str, ...]:
    """Return what can be a hashtag, each once whatever its case, as many as the channel and its manners allow."""
    words = (unicodedata.normalize("NFC", tag.strip().lstrip("#")) for tag in tags)
    kept = {word.casefold(): word for word in reversed(list(words)) if _TAG.fullmatch(word)}
    return tuple(reversed(kept.values()))[: _most_hashtags(channel)]


def _most_hashtags(channel: Channel) -> int:
    most = channel.hashtags.most
    return min(channel.hashtags.sensible, most.value) if most else channel.hashtags.sensible
