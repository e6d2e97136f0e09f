"""What a bundle says of itself: the manifest, each asset's record, the evidence and the costs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from aboveboard.brief import Brief, usable
from aboveboard.channel import Channel
from aboveboard.digests import digest
from aboveboard.draft import Draft, Picture, State
from aboveboard.finding import Outcome
from aboveboard.ledger import Anchor, Slice
from aboveboard.plan import EditorialPlan
from aboveboard.policy import Policy
from aboveboard.record import Recorded, by_a_person, pseudonym

FORMAT: Final = "aboveboard-bundle/1"


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


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


class Listed(Frozen):
    """One post of the plan: what to post, where and when, and how it was cleared."""

    slot: str
    variant: str
    draft: str  # digest of everything a reader would see
    channel: str
    language: str
    at: AwareDatetime
    post: str
    image: str | None = None  # path inside the bundle
    alt_text: str | None = None
    verdict: Outcome
    decided_by_a_person: bool


class HeldBack(Frozen):
    """A draft that is not in the plan, and why."""

    slot: str
    variant: str
    state: State
    spent_facts: tuple[str, ...] = ()  # what it rests on that no longer holds at its time


class Manifest(Frozen):
    """plan.json: what is in the bundle, by whose policy, and who answers for it (AI Act Art. 50(4)).

    Published as JSON Schema in docs/manifest.schema.json.
    """

    format: Literal["aboveboard-bundle/1"] = FORMAT
    plan: str
    campaign: str
    timezone: str
    brief_digest: str
    policy_digest: str
    editorially_responsible: str
    reviewed_by: tuple[str, ...]  # roles, never names
    sponsored: bool
    ledger: Anchor
    entries: tuple[Listed, ...]
    held_back: tuple[HeldBack, ...]


def manifest_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of plan.json; docs/manifest.schema.json is this."""
    schema = Manifest.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Aboveboard bundle manifest",
    }


def manifest(plan_id: str, brief: Brief, policy: Policy, anchor: Anchor, recorded: Sequence[Recorded]) -> Manifest:
    """Return the manifest over `recorded`: those cleared whose facts still hold at their time are in the plan."""
    chosen = chosen_drafts(recorded, brief)
    left = [one for one in recorded if one not in chosen]
    return Manifest(
        plan=plan_id,
        campaign=brief.campaign,
        timezone=brief.schedule.timezone,
        brief_digest=digest(brief),
        policy_digest=policy.digest,
        editorially_responsible=brief.disclosure.responsible,
        reviewed_by=tuple(sorted({made.role for one in recorded for made in one.decisions if by_a_person(made)})),
        sponsored=brief.disclosure.sponsored,
        ledger=anchor,
        entries=tuple(_listed(one, brief) for one in chosen),
        held_back=tuple(_held_back(one, brief) for one in left),
    )


def chosen_drafts(recorded: Sequence[Recorded], brief: Brief) -> list[Recorded]:
    """Return the cleared drafts whose facts still hold at their time, in order of slot and variant."""
    cleared = [one for one in recorded if one.state == "cleared"]
    return [one for one in cleared if not spent_facts(one, brief)]


def spent_facts(one: Recorded, brief: Brief) -> tuple[str, ...]:
    """Return the ids of the facts a draft rests on that no longer hold at its time: such a slot is refused."""
    draft = one.judged.draft
    used = {*draft.caption.facts, *(support.fact for support in one.judged.inspection.supports)}
    spent = (fact.id for fact in brief.facts if fact.id in used and not usable(fact, draft.slot.at, brief.zone))
    return tuple(sorted(spent))


def _listed(one: Recorded, brief: Brief) -> Listed:
    draft = one.judged.draft
    picture = draft.picture
    return Listed(
        slot=draft.slot.id,
        variant=draft.variant,
        draft=draft.id,
        channel=draft.slot.channel,
        language=draft.slot.language,
        at=draft.slot.at.astimezone(brief.zone),
        post=draft.post,
        image=f"{folder(draft)}/{picture_name(picture)}" if picture else None,
        alt_text=picture.alt_text if picture else None,
        verdict=one.judged.verdict.outcome,
        decided_by_a_person=any(by_a_person(made) for made in one.decisions),
    )


def _held_back(one: Recorded, brief: Brief) -> HeldBack:
    draft = one.judged.draft
    spent = spent_facts(one, brief) if one.state == "cleared" else ()
    return HeldBack(slot=draft.slot.id, variant=draft.variant, state=one.state, spent_facts=spent)


def folder(draft: Draft) -> str:
    """Return the draft's folder inside the bundle: its slot's, and in it one for each further variant."""
    place = PurePosixPath("assets") / draft.slot.id
    return str(place if draft.variant == "a" else place / f"variant-{draft.variant}")


def picture_name(picture: Picture) -> str:
    return "image.png" if picture.media_type == "image/png" else "image.jpg"


def asset_record(one: Recorded, channel: Channel) -> dict[str, Any]:
    """Return asset.json: where a draft came from, how it was judged, and who decided on it."""
    draft = one.judged.draft
    return {
        "draft": draft.id,
        "slot": draft.slot.model_dump(mode="json"),
        "variant": draft.variant,
        "headline": draft.caption.headline,
        "facts": draft.caption.facts,
        "picture": draft.picture.model_dump(mode="json") if draft.picture else None,
        "provenance": draft.provenance.model_dump(mode="json"),
        "ai_label": ai_label(one, channel),
        "verdict": one.judged.verdict.model_dump(mode="json"),
        "decisions": [decision.model_dump(mode="json") for decision in one.decisions],
    }


def nameless(one: Recorded) -> Recorded:
    """Return `one` with pseudonyms for people and without what was spent: a bundle goes to strangers."""
    decisions = tuple(d.model_copy(update={"actor": pseudonym(d.actor, d.plan_id)}) for d in one.decisions)
    return one.model_copy(
        update={
            "triggered_by": pseudonym(one.triggered_by, one.plan_id),
            "judged": one.judged.model_copy(update={"usage": ()}),
            "decisions": decisions,
        }
    )


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


def ai_label(one: Recorded, channel: Channel) -> dict[str, Any]:
    """Return what is AI-made in the draft, and the field its channel's API takes for that (AI Act Art. 50)."""
    picture = one.judged.draft.picture
    edited = any(decision.action == "edit" for decision in one.decisions)
    return {
        "text": "written by a model, edited by a person" if edited else "composed or written by a model",
        "image": bool(picture and picture.generated),
        "channel_field": channel.ai_label.field,
    }


def pretty(value: Any) -> bytes:
    """Return `value` as indented JSON with sorted keys: stable bytes that people can read and compare."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return (json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
