"""What a writer is asked and what becomes of its answer: from slot to commission, from answer to draft. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from aboveboard.brief import Brief, Fact, Offer, Said, usable
from aboveboard.channel import Channel
from aboveboard.commission import Commission, Written
from aboveboard.draft import Caption, Draft, Provenance
from aboveboard.plan import Slot
from aboveboard.posting import budget, post_text


def commission(
    brief: Brief, slot: Slot, variant: str, channel: Channel, place: int = 0, of: int = 1
) -> Commission:
    """Return the order for one caption: the facts that hold at the slot's time, the one to lead with first."""
    holding = [fact for fact in brief.facts if usable(fact, slot.at, brief.zone)]
    return Commission(
        brief=brief,
        slot=slot,
        variant=variant,
        facts=tuple(sorted(holding, key=lambda fact: fact.id != slot.focus)),
        budget=budget(brief, slot, channel),
        place=place,
        of=of,
    )


def drafted(written: Written, commission: Commission, channel: Channel, writer: str, policy: str) -> Draft:
    """Return the draft of what `writer` wrote; an empty one, with no post, where nothing usable came.

    `policy` is the digest of the policy it will be judged by.
    """
    brief, slot = commission.brief, commission.slot
    caption = written.caption or Caption(text="", headline="")
    return Draft(
        slot=slot,
        variant=commission.variant,
        caption=caption,
        post=post_text(caption, brief, slot, channel) if written.caption else "",
        form=2,
        provenance=Provenance(
            writer=writer,
            prompt=written.prompt,
            policy=policy,
            calls=tuple(dict.fromkeys(usage.call for usage in written.usage)),
        ),
    )


def voice_values(brief: Brief) -> Mapping[str, Any]:
    """Return what the prompt `system` asks for: the brand as it speaks, and to whom."""
    voice = brief.brand.voice
    return {
        "brand": brief.brand.name,
        "tone": voice.tone,
        "voice": voice.summary,
        "do": voice.do,
        "dont": voice.dont,
        "avoid": brief.brand.avoid,
        "audience": brief.audience.describe,
    }


def assignment_values(commission: Commission) -> Mapping[str, Any]:
    """Return what the prompt `caption` asks for: one post's language, day, facts and room."""
    brief, slot, room = commission.brief, commission.slot, commission.budget
    proven = {fact.id for fact in commission.facts}
    return {
        "title": _said(brief, brief.title, slot.language),
        "goal": brief.goal,
        "channel": slot.channel,
        "language": slot.language,
        "language_name": _language_name(slot.language),
        "day": _told(slot.at, brief),
        "facts": [_fact_values(brief, fact, slot.language) for fact in commission.facts],
        "offers": [_offer_values(brief, offer, slot.language) for offer in brief.offers if offer.fact in proven],
        "destination": _said(brief, brief.action.label, slot.language),
        "hashtags": brief.tags(slot.language),
        "limit": room.limit,
        "unit": room.unit,
        "sweet": min(room.sweet, room.limit),
        "tags": room.hashtags,
        "alt": room.alt_text,
        "place": commission.place,
        "of": commission.of,
        "variant": commission.variant,
        "sponsored": brief.disclosure.sponsored,
    }


def _fact_values(brief: Brief, fact: Fact, language: str) -> dict[str, Any]:
    values = {"id": fact.id, "statement": _said(brief, fact.statement, language), "source": fact.source}
    limits = {"starts": fact.starts, "ends": fact.ends, "stock": fact.stock, "value": fact.value}
    told = {name: _told(limit, brief) for name, limit in limits.items() if limit is not None}
    return values | told


def _offer_values(brief: Brief, offer: Offer, language: str) -> dict[str, Any]:
    values = {
        "says": _said(brief, offer.says, language),
        "price": offer.price,
        "was": offer.was,
        "currency": offer.currency,
        "terms": _said(brief, offer.terms, language),
        "fact": offer.fact,
    }
    return {name: value for name, value in values.items() if value is not None}


def _said(brief: Brief, words: Said, language: str) -> str:
    """Return `words` in `language`, or in the first language the brief says them in: the writer translates."""
    told = brief.says(words, language)
    if told is None:
        told = words if isinstance(words, str) else next(iter(words.values()))
    return told


def _told(value: date | datetime | float | str, brief: Brief) -> Any:
    from babel.dates import format_date, format_datetime

    if isinstance(value, datetime):
        return format_datetime(value.astimezone(brief.zone), "EEEE d MMMM y, HH:mm", locale="en")
    if isinstance(value, date):
        return format_date(value, "EEEE d MMMM y", locale="en")
    return value


def _language_name(code: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(code).english_name or code
    except UnknownLocaleError:
        return code
