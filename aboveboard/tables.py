"""The tables, typed. `database.py` is the way to them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Named,
    Table,
    Text,
    TypedColumns,
    TypeDecorator,
)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite has no time zones of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Prose(TypeDecorator[str]):
    """Text from outside. What PostgreSQL can't hold (NUL, half a surrogate pair) becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


metadata = MetaData()
Serial = Integer().with_variant(BigInteger(), "postgresql")  # SQLite counts up only what it calls INTEGER


class _Plans(TypedColumns):
    number: Named[int] = Column(Serial, primary_key=True)
    id: Named[str] = Column(Text, unique=True)
    campaign: Named[str] = Column(Text, index=True)
    brief: Named[Any] = Column(JSON)
    plan: Named[Any] = Column(JSON)
    policy: Named[str] = Column(Text)
    triggered_by: Named[str] = Column(Prose)
    created_at: Named[datetime] = Column(Moment)


class _Drafts(TypedColumns):
    """One row a draft of a plan; the columns besides the JSON are what queries ask for."""

    plan_id: Named[str] = Column(Text, primary_key=True)
    id: Named[str] = Column(Text, primary_key=True)
    place: Named[int]  # order within the plan
    slot_id: Named[str] = Column(Text)
    variant: Named[str] = Column(Text)
    channel: Named[str] = Column(Text)
    language: Named[str] = Column(Text)
    at: Named[datetime] = Column(Moment)
    state: Named[str] = Column(Text)
    draft: Named[Any] = Column(JSON)
    inspection: Named[Any] = Column(JSON)
    verdict: Named[Any] = Column(JSON)
    attempts: Named[Any] = Column(JSON)
    usage: Named[Any] = Column(JSON)


class _Findings(TypedColumns):
    """What queries ask of findings; the whole of each is in its draft's inspection."""

    plan_id: Named[str] = Column(Text, primary_key=True)
    draft_id: Named[str] = Column(Text, primary_key=True)
    place: Named[int] = Column(primary_key=True)
    rule: Named[str] = Column(Text)
    severity: Named[str] = Column(Text)
    asset: Named[str] = Column(Text)
    start: Named[int]
    end: Named[int]
    quote: Named[str] = Column(Prose)
    layer: Named[str] = Column(Text)


class _Decisions(TypedColumns):
    number: Named[int] = Column(Serial, primary_key=True)
    plan_id: Named[str] = Column(Text)
    draft: Named[str] = Column(Text)
    action: Named[str] = Column(Text)
    actor: Named[str] = Column(Prose)
    role: Named[str] = Column(Prose)
    reason: Named[str] = Column(Prose)
    seen: Named[str] = Column(Text)
    policy: Named[str] = Column(Text)
    at: Named[datetime] = Column(Moment)
    replacement: Named[str | None] = Column(Text)


class _Calls(TypedColumns):
    digest: Named[str] = Column(Text, primary_key=True)
    model: Named[str] = Column(Text)
    state: Named[str] = Column(Text, index=True)  # pending, done or failed
    request: Named[str] = Column(Prose)
    status: Named[int | None]
    body: Named[bytes | None] = Column(LargeBinary)
    content_type: Named[str | None] = Column(Text)
    milliseconds: Named[int | None]
    created_at: Named[datetime] = Column(Moment)
    finished_at: Named[datetime | None] = Column(Moment)


class _Ledger(TypedColumns):
    seq: Named[int] = Column(Serial, primary_key=True, autoincrement=False)
    plan_id: Named[str] = Column(Text, index=True)
    at: Named[datetime] = Column(Moment)
    kind: Named[str] = Column(Text)
    body: Named[Any] = Column(JSON)
    body_digest: Named[str] = Column(Text)
    prev: Named[str] = Column(Text, unique=True)
    hash: Named[str] = Column(Text, unique=True)


class _Keepsakes(TypedColumns):
    """What is made once and never again for the same content: signatures, times."""

    kind: Named[str] = Column(Text, primary_key=True)
    key: Named[str] = Column(Text, primary_key=True)
    content: Named[bytes] = Column(LargeBinary)
    created_at: Named[datetime] = Column(Moment)


class _People(TypedColumns):
    """Who may use the desk. What is personal stands here alone: it can be erased without touching the chain."""

    id: Named[str] = Column(Text, primary_key=True)
    name: Named[str] = Column(Prose)  # shown beside decisions
    email: Named[str] = Column(Prose, unique=True)  # casefolded; what one signs in with
    role: Named[str] = Column(Text)
    password: Named[str | None] = Column(Text)  # argon2id, or none where one signs in elsewhere
    subject: Named[str | None] = Column(Text, unique=True)  # issuer and subject, as OIDC tells them
    active: Named[bool] = Column(Boolean)
    created_at: Named[datetime] = Column(Moment)


class _Passes(TypedColumns):
    """What lets somebody in: a session, an API token, a one-time link. Only its digest is kept."""

    digest: Named[str] = Column(Text, primary_key=True)
    kind: Named[str] = Column(Text)  # session, token or invitation
    person_id: Named[str] = Column(Text)  # empty for the first link of all
    name: Named[str] = Column(Prose)
    scopes: Named[Any] = Column(JSON)
    created_at: Named[datetime] = Column(Moment)
    expires_at: Named[datetime] = Column(Moment)
    used_at: Named[datetime | None] = Column(Moment)


class _Comments(TypedColumns):
    """What people say to each other beside a draft; never part of the post."""

    number: Named[int] = Column(Serial, primary_key=True)
    plan_id: Named[str] = Column(Text)
    draft: Named[str] = Column(Text)
    author: Named[str] = Column(Prose)
    text: Named[str] = Column(Prose)
    at: Named[datetime] = Column(Moment)


class _Runs(TypedColumns):
    """A brief's run, whoever started it."""

    id: Named[str] = Column(Text, primary_key=True)
    brief: Named[str] = Column(Prose)  # the file's name within briefs/
    actor: Named[str] = Column(Prose)
    state: Named[str] = Column(Text)  # running, done, failed or stopped
    plan_id: Named[str | None] = Column(Text)
    told: Named[str] = Column(Prose)  # what went wrong, in words
    started_at: Named[datetime] = Column(Moment)
    finished_at: Named[datetime | None] = Column(Moment)
    alive_until: Named[float] = Column(Double, server_default="0")  # seconds since the epoch


class _Replies(TypedColumns):
    """What the API answered to an Idempotency-Key, so that asking twice does once."""

    person_id: Named[str] = Column(Text, primary_key=True)
    key: Named[str] = Column(Text, primary_key=True)
    request: Named[str] = Column(Text)  # digest of method, path and body
    status: Named[int | None]
    body: Named[Any] = Column(JSON)
    created_at: Named[datetime] = Column(Moment)


class _Hooks(TypedColumns):
    """Where events are sent. `cursor`: the ledger entry sent last, so none is lost and none goes twice."""

    id: Named[str] = Column(Text, primary_key=True)
    url: Named[str] = Column(Text)
    secret: Named[str] = Column(Text)
    kinds: Named[Any] = Column(JSON)
    cursor: Named[int]
    failures: Named[int]
    told: Named[str] = Column(Prose)  # what the receiver answered last, where it wasn't well
    next_at: Named[datetime] = Column(Moment)
    active: Named[bool] = Column(Boolean)
    created_at: Named[datetime] = Column(Moment)


class _Shares(TypedColumns):
    """A job of a plan in the making: who is at it until when, what came of it. Gone once the plan is recorded."""

    plan_id: Named[str] = Column(Text, primary_key=True)
    key: Named[str] = Column(Text, primary_key=True)  # slot and variant
    place: Named[int]
    owner: Named[str] = Column(Text)
    until: Named[float] = Column(Double)  # seconds since the epoch
    done: Named[bool] = Column(Boolean)
    judged: Named[Any] = Column(JSON, nullable=True)


def _of_draft(*columns: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(columns, ["drafts.plan_id", "drafts.id"])


plans = Table("plans", metadata, _Plans)
drafts = Table(
    "drafts",
    metadata,
    _Drafts,
    ForeignKeyConstraint(["plan_id"], ["plans.id"]),
    Index("drafts_waiting", "state", "at"),
    Index("drafts_by_id", "id"),
    Index("drafts_counted", "state", "channel", "language", "plan_id", "id"),
)
findings = Table(
    "findings",
    metadata,
    _Findings,
    _of_draft("plan_id", "draft_id"),
    Index("findings_by_rule", "rule", "plan_id", "draft_id"),
    Index("findings_counted", "plan_id", "draft_id", "severity", "rule"),
)
decisions = Table(
    "decisions",
    metadata,
    _Decisions,
    _of_draft("plan_id", "draft"),
    Index("decisions_of_draft", "plan_id", "draft"),
)
calls = Table("calls", metadata, _Calls)
ledger = Table("ledger", metadata, _Ledger)
keepsakes = Table("keepsakes", metadata, _Keepsakes)
people = Table("people", metadata, _People)
passes = Table("passes", metadata, _Passes, Index("passes_of_person", "person_id", "kind"))
comments = Table(
    "comments", metadata, _Comments, _of_draft("plan_id", "draft"), Index("comments_of_draft", "plan_id", "draft")
)
runs = Table("runs", metadata, _Runs)
replies = Table("replies", metadata, _Replies)
hooks = Table("hooks", metadata, _Hooks)
shares = Table("shares", metadata, _Shares, Index("shares_free", "plan_id", "done", "place"))
