"""What a bundle says of itself: the manifest, each asset's record, the evidence and the costs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from aboveboard.channel import Channel
from aboveboard.digests import digest
from aboveboard.draft import Draft, Picture
from aboveboard.ledger import Slice
from aboveboard.plan import EditorialPlan
from aboveboard.policy import Policy
from aboveboard.record import Recorded, pseudonym

FORMAT = "aboveboard-bundle/1"


class Contents(BaseModel):
    """All a bundle is made from. The same contents give the same bytes."""

    model_config = ConfigDict(frozen=True)

    plan: EditorialPlan
    recorded: tuple[Recorded, ...]
    policy: Policy
    channels: Mapping[str, Channel]
    ledger: Slice
    created_at: AwareDatetime  # when the plan was recorded: made once and kept
    prompts: Mapping[str, str]  # the templates behind the captions, by name
    versions: Mapping[str, str]  # what wrote this


def folder(draft: Draft) -> str:
    """Return the draft's folder inside the bundle: its slot's, and in it one for each further variant."""
    place = PurePosixPath("assets") / draft.slot.id
    return str(place if draft.variant == "a" else place / f"variant-{draft.variant}")


def picture_name(picture: Picture) -> str:
    return "image.png" if picture.media_type == "image/png" else "image.jpg"


def asset_record(one: Recorded, contents: Contents) -> dict[str, Any]:
    draft = one.judged.draft
    return {
        "draft": draft.id,
        "slot": draft.slot.model_dump(mode="json"),
        "variant": draft.variant,
        "headline": draft.caption.headline,
        "hashtags": draft.caption.hashtags,
        "facts": draft.caption.facts,
        "picture": draft.picture.model_dump(mode="json") if draft.picture else None,
        "provenance": draft.provenance.model_dump(mode="json"),
        "ai_label": ai_label(draft, contents.channels[draft.slot.channel]),
        "verdict": one.judged.verdict.model_dump(mode="json"),
        "decisions": [decision.model_dump(mode="json") for decision in nameless(one).decisions],
    }


def evidence(one: Recorded) -> dict[str, Any]:
    """Return all that is known of one draft; people appear by pseudonym and role, durations not at all."""
    return {"draft_id": one.id, **nameless(one).model_dump(mode="json")}


def nameless(one: Recorded) -> Recorded:
    """Return `one` with pseudonyms for people and without what was spent: a bundle goes to strangers."""
    decisions = tuple(d.model_copy(update={"actor": pseudonym(d.actor, d.plan_id)}) for d in one.decisions)
    inspection = one.judged.inspection
    return one.model_copy(
        update={
            "triggered_by": pseudonym(one.triggered_by, one.plan_id),
            "judged": one.judged.model_copy(update={"usage": (), "inspection": inspection}),
            "decisions": decisions,
        }
    )


def manifest(contents: Contents, chosen: Sequence[Recorded]) -> dict[str, Any]:
    """Return plan.json: what is in the bundle, by whose policy, and who answers for it (AI Act Art. 50(4))."""
    plan, brief = contents.plan, contents.plan.brief
    roles = sorted({decision.role for one in contents.recorded for decision in one.decisions})
    return {
        "format": FORMAT,
        "plan": plan.id,
        "campaign": brief.campaign,
        "timezone": brief.schedule.timezone,
        "brief_digest": digest(brief),
        "policy_digest": contents.policy.digest,
        "editorially_responsible": brief.disclosure.responsible,
        "reviewed_by": roles,
        "sponsored": brief.disclosure.sponsored,
        "ledger": contents.ledger.anchor.model_dump(mode="json"),
        "entries": [_entry(one) for one in chosen],
        "held_back": [
            {"slot": one.judged.draft.slot.id, "variant": one.judged.draft.variant, "state": one.state}
            for one in contents.recorded
            if one not in chosen
        ],
    }


def _entry(one: Recorded) -> dict[str, Any]:
    draft = one.judged.draft
    picture = draft.picture
    return {
        "slot": draft.slot.id,
        "variant": draft.variant,
        "draft": draft.id,
        "channel": draft.slot.channel,
        "language": draft.slot.language,
        "at": draft.slot.at.isoformat(),
        "post": draft.post,
        "image": f"{folder(draft)}/{picture_name(picture)}" if picture else None,
        "alt_text": picture.alt_text if picture else None,
        "verdict": one.judged.verdict.outcome,
        "decided_by_a_person": bool(one.decisions),
    }


def costs(recorded: Sequence[Recorded]) -> dict[str, Any]:
    """Return tokens and money per draft and in all; each call is counted once. Durations stay in the store."""
    calls = {use.call: use for one in recorded for use in one.judged.usage}
    money = [use.money for use in calls.values() if use.money is not None]
    return {
        "calls": len(calls),
        "input_tokens": sum(use.input_tokens for use in calls.values()),
        "output_tokens": sum(use.output_tokens for use in calls.values()),
        "money": round(sum(money), 6) if money else None,
        "drafts": {
            one.judged.draft.id: [
                use.model_dump(mode="json", exclude={"milliseconds", "kept"}) for use in one.judged.usage
            ]
            for one in recorded
        },
    }


def ai_label(draft: Draft, channel: Channel) -> dict[str, Any]:
    """Return what is AI-made in the draft, and the field its channel's API takes for that (AI Act Art. 50)."""
    return {
        "text": "composed or written by a model",
        "image": bool(draft.picture and draft.picture.generated),
        "channel_field": channel.ai_label.field,
    }


def pretty(value: Any) -> bytes:
    """Return `value` as indented JSON with sorted keys: stable bytes that people can read and compare."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
