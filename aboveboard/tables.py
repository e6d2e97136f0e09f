"""The tables, typed, and the way to them: one engine per database URL, migrated to `HEAD` when opened."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Engine,
    ForeignKeyConstraint,
    Index,
    Insert,
    Integer,
    LargeBinary,
    MetaData,
    Named,
    Table,
    Text,
    TypedColumns,
    TypeDecorator,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, DBAPIError

from aboveboard.errors import StoreError

HEAD = "0002"  # the newest revision in migrations/versions
BUSY_SECONDS = 30  # how long a writer waits for another before it gives up
LOCK = 0xAB0EB0A2D  # the PostgreSQL advisory lock that puts writers of schema and ledger in a row


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
    """A brief's run that somebody started from the desk or the API."""

    id: Named[str] = Column(Text, primary_key=True)
    brief: Named[str] = Column(Prose)  # the file's name within briefs/
    actor: Named[str] = Column(Prose)
    state: Named[str] = Column(Text)  # running, done or failed
    plan_id: Named[str | None] = Column(Text)
    told: Named[str] = Column(Prose)  # what went wrong, in words
    started_at: Named[datetime] = Column(Moment)
    finished_at: Named[datetime | None] = Column(Moment)


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


def insert_new(connection: Connection, table: Table[Any]) -> Insert:
    """Return an INSERT into `table` that leaves a row already there as it is."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def connect(url: str, revision: str = HEAD) -> Engine:
    """Return an engine on the database at `url`, its schema at HEAD, or if new at an earlier `revision`.

    `sqlite:///path` or `postgresql://…`. Raises StoreError when it can't be reached, or was made by a
    newer Aboveboard.
    """
    parsed = _parse(url)
    try:
        engine = _sqlite(parsed) if parsed.drivername == "sqlite" else create_engine(parsed)
        _migrate(engine, revision)
    except (DBAPIError, OSError) as error:
        cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise StoreError(
            f"The database can't be opened: {cause}. It is at {parsed.render_as_string()}. "
            "Check that it exists and that you may write to it, or set database_url to another."
        ) from error
    return engine


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "The database URL can't be read; it is database_url in the settings. "
            "Write sqlite:///path/to/file or postgresql://user@host/name."
        ) from error
    if parsed.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed
    raise StoreError(
        f"The database {parsed.render_as_string()} is of a kind that isn't supported; it is database_url in the "
        "settings. Write sqlite:///path/to/file or postgresql://user@host/name."
    )


def _sqlite(url: URL) -> Engine:
    """Return an engine on a file only its owner may read, in write-ahead mode, with real transactions."""
    path = Path(url.database or "").absolute()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(url.set(database=str(path)), connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: sqlite3's own comes too late for DDL and reads
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    how = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {how}")


def writing(engine: Engine) -> Engine:
    """Return `engine` with transactions that take SQLite's write lock at once, so none fails half-way."""
    return engine.execution_options(begin="IMMEDIATE")


def queue_up(connection: Connection) -> None:
    """Wait until no other transaction writes schema or ledger, and hold others off until this one ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def _migrate(engine: Engine, revision: str) -> None:
    if _revision(engine) == revision:
        return
    with writing(engine).begin() as connection:
        queue_up(connection)
        _upgrade(connection, revision)


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not engine.dialect.has_table(connection, "alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, revision: str) -> None:
    # Alembic takes 0.2 s to import: only a database that isn't at HEAD pays for it.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise StoreError(
            f"The database can't be brought to this version's schema: {error}. It was probably written by a newer "
            "Aboveboard. Install that version, or set database_url to another database."
        ) from error
