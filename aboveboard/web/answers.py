"""What the API takes and gives, each field told."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from aboveboard.brief import SLUG
from aboveboard.commenting import Comment
from aboveboard.draft import Attempt, Picture, State
from aboveboard.finding import Finding, Outcome, Support
from aboveboard.people import Right, Role
from aboveboard.policy import Law, Policy, Rule, Thresholds
from aboveboard.record import Action, Decision, PlanRecord, Recorded

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(pattern=SLUG, max_length=64)]
TwoLetters = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Reason = Annotated[str, StringConstraints(max_length=2_000)]
Text = Annotated[str, StringConstraints(max_length=20_000)]


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Who(Answer):
    """A person, as decisions and comments bear them."""

    id: str = Field(description="Stays the same when the person is renamed or erased.")
    name: str = Field(description="What they are called now; the id where they have no account here.")


class Me(Answer):
    """Whose token this is, and what it may do."""

    id: str = Field(description="The person's id.")
    name: str = Field(description="Their name.")
    email: str = Field(description="Their e-mail address.")
    role: Role = Field(description="Their role on the desk.")
    rights: tuple[Right, ...] = Field(description="What this token may do: the role's rights that are its scopes.")


class Campaign(Answer):
    """A plan of a campaign, with how its assets stand."""

    plan: str = Field(description="The plan's id: a digest of what it was made from.")
    campaign: str = Field(description="The campaign's short name, as in its brief.")
    policy: str = Field(description="Digest of the policy its assets were judged by.")
    asked_by: Who = Field(description="Who asked for it; they can't approve its assets.")
    made_at: AwareDatetime = Field(description="When it was recorded.")
    counts: dict[State, int] = Field(description="How many of its assets are in which state.")


class Campaigns(Answer):
    """All plans, the newest first."""

    items: tuple[Campaign, ...] = Field(description="The plans.")


class Summary(Answer):
    """One asset in a list."""

    plan: str = Field(description="Id of its plan.")
    draft: str = Field(description="Its own id: a digest of all a reader sees. Send it as `seen` when you decide.")
    campaign: str = Field(description="Its campaign.")
    state: State = Field(description="Where it stands.")
    channel: str = Field(description="Where it will be posted.")
    language: str = Field(description="Its language.")
    at: AwareDatetime = Field(description="When it will be posted.")
    variant: str = Field(description="Which of the wordings for its place in the plan.")
    post: str = Field(description="The text as the channel would show it.")
    picture: str | None = Field(description="Digest of its picture: GET /pictures/{digest}.")
    outcome: Outcome = Field(description="What the machine said of it.")
    rules: tuple[str, ...] = Field(description="The rules that led there.")


class Assets(Answer):
    """A page of assets."""

    items: tuple[Summary, ...] = Field(description="The soonest to be posted first.")
    next: str | None = Field(description="Send it as `cursor` for the next page; null at the end.")


class Made(Answer):
    """A decision on an asset."""

    action: Action = Field(description="What was decided.")
    by: Who = Field(description="Who decided.")
    role: str = Field(description="As what they did.")
    reason: str = Field(description="Why; may be empty where a reason isn't asked for.")
    at: AwareDatetime = Field(description="When.")
    draft: str = Field(description="Id of the draft decided on: an edit makes another.")
    replacement: str | None = Field(description="Id of the draft an edit put in its place.")


class Asset(Summary):
    """One asset whole: its text and picture, what was found in it, and what was decided."""

    asked_by: Who = Field(description="Who asked for the campaign.")
    image: Picture | None = Field(description="What is known of its picture.")
    findings: tuple[Finding, ...] = Field(description="What the guards found, with the words and the law.")
    supports: tuple[Support, ...] = Field(description="Claims that stand, each with the fact that proves it.")
    attempts: tuple[Attempt, ...] = Field(description="Earlier wordings, and what was found in them.")
    decisions: tuple[Made, ...] = Field(description="Every decision on it and what it was edited from, in order.")
    writer: str = Field(description="Which model wrote it.")
    policy: str = Field(description="Digest of the policy it was judged by.")


class Decide(Asked):
    """Approve, reject, or take back what was decided."""

    action: Literal["approve", "reject", "withdraw"] = Field(description="What to do.")
    reason: Reason = Field("", description="Why. Approving overrides the guards and takes a reason.")
    seen: Digest = Field(description="Id of the draft you looked at. Where it is another by now, nothing is done.")


class Edit(Asked):
    """Put other words in the place of an asset's; they are judged at once."""

    action: Literal["edit"] = Field(description="What to do.")
    text: Text = Field(description="The whole post as it is to read.")
    reason: Reason = Field("", description="Why, if you like.")
    seen: Digest = Field(description="Id of the draft you looked at. Where it is another by now, nothing is done.")


class Move(Asked):
    """Give an asset another time; it is judged anew there, and an approval doesn't go with it."""

    action: Literal["move"] = Field(description="What to do.")
    to: Annotated[str, Field(max_length=40)] = Field(
        description="When, by the campaign's clock: 2027-03-31T10:30."
    )
    reason: Reason = Field("", description="Why, if you like.")
    seen: Digest = Field(description="Id of the draft you looked at. Where it is another by now, nothing is done.")


class Said(Answer):
    """A comment beside an asset; never part of the post."""

    by: Who = Field(description="Who said it.")
    text: str = Field(description="What they said.")
    at: AwareDatetime = Field(description="When.")


class Comments(Answer):
    """What was said of an asset and of those it was edited from, the oldest first."""

    items: tuple[Said, ...] = Field(description="The comments.")


class Say(Asked):
    """Something to say to the others."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] = Field(description="What to say.")


class Known(Asked):
    """A fact the copy may rest on."""

    statement: Annotated[str, StringConstraints(min_length=1, max_length=600)] = Field(description="The fact.")
    source: Annotated[str, StringConstraints(min_length=1, max_length=600)] | None = Field(
        None, description="Where the proof is."
    )
    starts: str | None = Field(None, max_length=40, description="The day or time it begins.")
    ends: str | None = Field(None, max_length=40, description="The day or time it ends.")
    expires: str | None = Field(None, max_length=40, description="When the proof is too old.")
    stock: Annotated[int, Field(ge=0, le=10**12)] | None = Field(None, description="How many there are.")
    value: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        None, description="The number the statement turns on: “90%”, “214”, “10 years”."
    )


class Check(Asked):
    """Copy to be judged, and what is known about it. Nothing of it is kept."""

    text: Text = Field(description="The words.")
    asset: Literal["caption", "alt_text", "image_text"] = Field("caption", description="What they are.")
    language: TwoLetters = Field("en", description="Their language, two letters.")
    channel: Name | None = Field(None, description="Where they will stand.")
    sponsored: bool = Field(False, description="Whether somebody pays for them.")
    timezone: str = Field("UTC", max_length=64, description="An IANA name; times without an offset are in it.")
    at: str | None = Field(None, max_length=40, description="When they will be read: a day or a time. Null: now.")
    facts: Annotated[tuple[Known, ...], Field(max_length=200)] = Field((), description="What can be proven.")
    avoid: Annotated[tuple[Annotated[str, StringConstraints(max_length=100)], ...], Field(max_length=100)] = Field(
        (), description="Words the brand avoids."
    )


class Checked(Answer):
    """What the policy says of a copy."""

    verdict: Outcome = Field(description="pass, review (a person should look) or block.")
    rules: tuple[str, ...] = Field(description="The rules that led there.")
    findings: tuple[Finding, ...] = Field(description="What was found; start and end count Unicode code points.")
    supports: tuple[Support, ...] = Field(description="Claims that stand, each with its fact.")
    policy: str = Field(description="Digest of the policy it was judged by.")


class RuleLine(Answer):
    """A rule of the policy in a line."""

    id: str = Field(description="Its id, as findings bear it.")
    title: str = Field(description="What it is called.")
    family: str = Field(description="The family it belongs to.")
    status: str = Field(description="stable, test or experimental.")
    severity: str = Field(description="note, review or block.")


class WholeRule(RuleLine):
    """A rule with its law and its own examples."""

    definition: str = Field(description="What it is about.")
    message: str = Field(description="What it says where it is met.")
    fix: str = Field(description="What would mend it.")
    languages: tuple[str, ...] = Field(description="The languages it has patterns for.")
    law: tuple[Law, ...] = Field(description="What it rests on.")
    flags: tuple[str, ...] = Field(description="Examples it must flag.")
    passes: tuple[str, ...] = Field(description="Examples it must pass.")
    known_misses: tuple[str, ...] = Field(description="What it is known to miss.")


class PolicyAnswer(Answer):
    """The policy in force."""

    digest: str = Field(description="Any change to any rule, law or number moves it.")
    classifier: str | None = Field(description="Digest of the classifier that reads along; null: rules alone.")
    thresholds: Thresholds = Field(description="The numbers it turns on.")
    rules: tuple[RuleLine, ...] = Field(description="Every rule.")


class LedgerEntry(Answer):
    """One thing that happened, linked to what happened before it."""

    seq: int = Field(description="Its number, from 1.")
    at: AwareDatetime = Field(description="When.")
    kind: str = Field(description="What: plan.recorded, draft.judged, decision.approve and so on.")
    plan_id: str = Field(description="The plan it is about.")
    body: dict[str, Any] | None = Field(description="What is told of it; people under pseudonyms.")
    body_digest: str = Field(description="Digest of the body.")
    prev: str = Field(description="Hash of the entry before.")
    hash: str = Field(description="Hash of this entry's header.")


class HeadOf(Answer):
    """The newest entry of the chain: keep it elsewhere, and nobody can rewrite what came before unseen."""

    seq: int = Field(description="Its number; 0 where nothing has happened yet.")
    hash: str = Field(description="Its hash.")


class LedgerPage(Answer):
    """A stretch of the ledger."""

    head: HeadOf = Field(description="The chain's head at the same moment.")
    items: tuple[LedgerEntry, ...] = Field(description="The entries, oldest first.")
    next: int | None = Field(description="Send it as `after` for the next stretch; null at the head.")


Names = Mapping[str, str]


def who(actor: str, names: Names) -> Who:
    return Who(id=actor, name=names.get(actor, actor))


def campaign(plan: PlanRecord, counted: dict[str, int], names: Names) -> Campaign:
    told: Any = counted
    return Campaign(
        plan=plan.id,
        campaign=plan.campaign,
        policy=plan.policy,
        asked_by=who(plan.triggered_by, names),
        made_at=plan.created_at,
        counts=told,
    )


def summary(one: Recorded) -> Summary:
    return Summary(**_in_short(one))


def asset(one: Recorded, names: Names) -> Asset:
    judged, draft = one.judged, one.judged.draft
    return Asset(
        **_in_short(one),
        asked_by=who(one.triggered_by, names),
        image=draft.picture,
        findings=judged.inspection.findings,
        supports=judged.inspection.supports,
        attempts=judged.attempts,
        decisions=tuple(made(decision, names) for decision in one.decisions),
        writer=draft.provenance.writer,
        policy=draft.provenance.policy,
    )


def made(decision: Decision, names: Names) -> Made:
    told = decision.model_dump(include={"action", "role", "reason", "at", "draft", "replacement"})
    return Made(**told, by=who(decision.actor, names))


def said(comment: Comment, names: Names) -> Said:
    return Said(by=who(comment.author, names), text=comment.text, at=comment.at)


def whole_rule(rule: Rule, policy: Policy) -> WholeRule:
    laws = [law for name in rule.law if (law := policy.law(name))]
    return WholeRule(
        **rule_line(rule).model_dump(),
        **rule.model_dump(include={"definition", "message", "fix", "known_misses"}),
        languages=tuple(sorted(rule.cues)),
        law=tuple(laws),
        flags=_texts(rule.must_flag),
        passes=_texts(rule.must_pass),
    )


def rule_line(rule: Rule) -> RuleLine:
    return RuleLine(**{name: str(getattr(rule, name)) for name in RuleLine.model_fields})


def _texts(examples: Any) -> tuple[str, ...]:
    texts = [one if isinstance(one, str) else one.text for one in examples]
    return tuple(text for text in texts if text)


def _in_short(one: Recorded) -> dict[str, Any]:
    draft = one.judged.draft
    return {
        "plan": one.plan_id,
        "draft": one.id,
        "campaign": one.campaign,
        "state": one.state,
        "channel": draft.slot.channel,
        "language": draft.slot.language,
        "at": draft.slot.at,
        "variant": draft.variant,
        "post": draft.post,
        "picture": draft.picture.digest if draft.picture else None,
        "outcome": one.judged.verdict.outcome,
        "rules": one.judged.verdict.rules,
    }
