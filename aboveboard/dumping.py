"""The database as lines of JSON, a file a table, and back again: what moves between SQLite and PostgreSQL.

Secrets stay behind: the key of the desk's cookies, the secrets of webhooks, sessions and one-time links. Passwords
and API tokens are kept as digests, and come along as such.
"""

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import text as sql

from aboveboard.database import connect, queue_up, writing
from aboveboard.errors import BackupError
from aboveboard.ledger import slice_of, verify
from aboveboard.tables import hooks, keepsakes, ledger, metadata, passes

AT_ONCE = 500  # rows written in one statement
RESTORED = "restored"  # the keepsake that says from which backup a database came
RESTS = "Restored from a backup, which holds no secrets. Remove this hook and add it again."


def dump(engine: Engine, folder: Path) -> tuple[dict[str, int], str]:
    """Write each table to `folder/<table>.jsonl` as of one moment; return the rows of each and the ledger's head.

    Others may write meanwhile. Raises BackupError where the ledger doesn't hold: that is no state to keep.
    """
    rows: dict[str, int] = {}
    with _at_one_moment(engine) as connection:
        head = demand_whole(connection)
        for table in metadata.sorted_tables:
            with (folder / f"{table.name}.jsonl").open("w", encoding="utf-8") as lines:
                rows[table.name] = 0
                lines.write(json.dumps([column.name for column in table.columns]) + "\n")
                for row in _rows(connection, table):
                    lines.write(_line(table, row) + "\n")
                    rows[table.name] += 1
    return rows, head


def demand_whole(connection: Connection) -> str:
    """Return the hash of the ledger's last entry, "" if there is none. Raises BackupError if it is broken."""
    if not _filled(connection, ledger):
        return ""
    run = slice_of(connection, None)
    if problems := verify(run.entries, run.anchor):
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise BackupError(
            f"The ledger doesn't hold: {problems[0]}{more} Keep the database as it is and find out who changed it."
        )
    return run.anchor.head


def rebuild(url: str, revision: str, folder: Path, head: str) -> None:
    """Fill an empty SQLite database from `folder`, whose tables were at `revision`, and bring it to HEAD.

    Raises BackupError where the ledger doesn't hold, or doesn't end with `head`; StoreError for a schema of a
    newer version.
    """
    engine = connect(url, revision)
    then = MetaData()
    then.reflect(engine)
    with writing(engine).begin() as connection:
        for table in then.sorted_tables:
            if table.name != "alembic_version":
                _load(connection, table, folder / f"{table.name}.jsonl")
    engine.dispose()
    engine = connect(url)
    with writing(engine).begin() as connection:
        _demand_head(connection, head)
        for hook in connection.execute(select(hooks.c.id)).scalars().all():
            fresh = "whsec_" + b64encode(secrets.token_bytes(24)).decode()
            rests = {"secret": fresh, "active": False, "told": RESTS}
            connection.execute(update(hooks).where(hooks.c.id == hook).values(**rests))
    engine.dispose()


def pour(source: str, target: str, backup: str, at: datetime, head: str) -> None:
    """Copy all rows from one database at HEAD into another that is empty, in one transaction.

    `backup` names where they come from; a target that came from there already is left as it is.
    """
    there, here = connect(source), connect(target)
    mark = {"kind": RESTORED, "key": backup, "content": head.encode(), "created_at": at}
    try:
        with there.connect() as reading, writing(here).begin() as connection:
            queue_up(connection)
            if came_from(connection, backup):
                return
            if filled := _any_filled(connection):
                raise BackupError(f"The database holds something already ({filled}). Restore into an empty one.")
            for table in metadata.sorted_tables:
                for batch in _batches(reading.execute(select(table)).mappings()):
                    connection.execute(insert(table), batch)
                _count_on(connection, table)
            connection.execute(insert(keepsakes).values(**mark))
            _demand_head(connection, head)
    finally:
        there.dispose()
        here.dispose()


def came_from(connection: Connection, backup: str) -> bool:
    """Whether this database was restored from that backup."""
    mark = select(keepsakes.c.key).where(keepsakes.c.kind == RESTORED, keepsakes.c.key == backup)
    return connection.execute(mark).first() is not None


def demand_empty(url: str, backup: str, *, resumed: bool) -> None:
    """Raise BackupError unless the database is empty; `resumed`: or was filled from this backup a moment ago."""
    engine = connect(url)
    with engine.connect() as connection:
        filled = _any_filled(connection)
        ours = bool(filled) and resumed and came_from(connection, backup)
    engine.dispose()
    if filled and not ours:
        where = engine.url.render_as_string()
        raise BackupError(
            f"The database at {where} holds something already ({filled}). Nothing was touched. "
            "Set ABOVEBOARD_DATABASE_URL to an empty one, or move that one away."
        )


def _line(table: Table[Any], row: Mapping[str, Any]) -> str:
    """Return a row as one line of JSON, bytes in Base64, times in UTC."""
    return json.dumps([_told(row[column.name]) for column in table.columns], ensure_ascii=False)


def _told(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _meant(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, LargeBinary):
        return b64decode(value, validate=True)
    return datetime.fromisoformat(value) if isinstance(column.type, DateTime) else value


def _rows(connection: Connection, table: Table[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what goes along of a table, in the order of its key."""
    wanted = select(table).order_by(*table.primary_key.columns)
    if table is keepsakes:
        wanted = wanted.where(keepsakes.c.kind.not_in(("secret", RESTORED)))
    if table is passes:
        wanted = wanted.where(passes.c.kind == "token")
    for row in connection.execution_options(yield_per=AT_ONCE).execute(wanted).mappings():
        yield {**row, "secret": ""} if table is hooks else {**row}


def _load(connection: Connection, table: Table[Any], place: Path) -> None:
    """Fill a table from its file, if there is one."""
    if not place.exists():
        return
    with place.open(encoding="utf-8") as lines:
        columns = [table.columns[name] for name in json.loads(next(lines))]
        rows = (
            {column.name: _meant(column, value) for column, value in zip(columns, json.loads(line), strict=True)}
            for line in lines
        )
        for batch in _batches(rows):
            connection.execute(insert(table), batch)


def _batches(rows: Iterable[Mapping[Any, Any]]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(rows)
    while batch := [dict(row) for row in islice(remaining, AT_ONCE)]:
        yield batch


def _count_on(connection: Connection, table: Table[Any]) -> None:
    """Have PostgreSQL number new rows after those copied; SQLite does so by itself."""
    counter = table.autoincrement_column
    if connection.dialect.name != "postgresql" or counter is None:
        return
    highest = connection.execute(select(func.max(counter))).scalar_one()
    if highest is not None:
        names = {"name": table.name, "counter": counter.name, "highest": highest}
        connection.execute(sql("SELECT setval(pg_get_serial_sequence(:name, :counter), :highest)"), names)


def _demand_head(connection: Connection, head: str) -> None:
    if (found := demand_whole(connection)) != head:
        raise BackupError(
            f"The ledger ends with {found[:12] or 'nothing'}, the backup says {head[:12] or 'nothing'}. "
            "This backup was changed; take another."
        )


def _filled(connection: Connection, table: Table[Any]) -> bool:
    return connection.execute(select(*table.primary_key.columns).limit(1)).first() is not None


def _any_filled(connection: Connection) -> str:
    return next((table.name for table in metadata.sorted_tables if _filled(connection, table)), "")


@contextmanager
def _at_one_moment(engine: Engine) -> Iterator[Connection]:
    """Read as of one moment, whatever others write: SQLite's write-ahead log gives it, PostgreSQL when asked."""
    isolated = engine.execution_options(isolation_level="REPEATABLE READ") if _is_postgres(engine) else engine
    with isolated.connect() as connection:
        yield connection


def _is_postgres(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"
