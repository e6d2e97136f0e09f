"""The way to the tables: one engine per database URL, its schema migrated to `HEAD` when it is opened."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Insert, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, DBAPIError

from aboveboard.errors import StoreError

HEAD = "0004"  # the newest revision in migrations/versions
BUSY_SECONDS = 30  # how long a writer waits for another before it gives up
LOCK = 0xAB0EB0A2D  # the PostgreSQL advisory lock that puts writers of schema and ledger in a row


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
        engine = _sqlite(parsed) if parsed.drivername == "sqlite" else create_engine(parsed, pool_pre_ping=True)
        _migrate(engine, revision)
    except (DBAPIError, OSError) as error:
        cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise StoreError(
            f"The database can't be opened: {cause}. It is at {parsed.render_as_string()}. "
            "Check that it exists and that you may write to it, or set database_url to another."
        ) from error
    return engine


def shown(url: str) -> str:
    """Return a database's address as people may see it: without its password."""
    return make_url(url).render_as_string()


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


@contextmanager
def plainly() -> Iterator[None]:
    """Say in our own words what the database couldn't do."""
    try:
        yield
    except DBAPIError as error:
        cause = str(error.orig).strip().splitlines()[0]
        raise StoreError(
            f"The database refused: {cause}. Nothing of this change was kept. "
            "Check that it can be reached and has room, then try again."
        ) from error


def _migrate(engine: Engine, revision: str) -> None:
    if revision_of(engine) == revision:
        return
    with writing(engine).begin() as connection:
        queue_up(connection)
        _upgrade(connection, revision)


def revision_of(engine: Engine) -> str | None:
    """Return the revision of a database's schema, None where it has none yet."""
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
