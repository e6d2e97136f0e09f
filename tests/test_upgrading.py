"""A database of any earlier schema comes to today's with all it held, its ledger unbroken and ending as before."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from making import POLICY, a_judged, a_plan
from sqlalchemy import MetaData, text

from aboveboard import dumping
from aboveboard.database import HEAD, connect, writing
from aboveboard.ledger import to_jsonl, verify
from aboveboard.review import decide
from aboveboard.store import Store, open_store
from aboveboard.tables import metadata

VERSIONS = Path(dumping.__file__).parent / "migrations" / "versions"
EARLIER = sorted(path.name[:4] for path in VERSIONS.glob("[0-9]*.py"))
OPEN = "import sys; from aboveboard.store import open_store; open_store(sys.argv[1]).close()"


@pytest.fixture
def now_made(tmp_path: Path) -> Store:
    """Return a store with a plan, judged drafts, a decision and their ledger."""
    store = open_store(f"sqlite:///{tmp_path}/made.db")
    store.record(a_plan(), [a_judged(0), a_judged(1, "review"), a_judged(2, "block")], {}, "Anna")
    asked = a_judged(1, "review").draft.id
    decide(store, asked, "approve", actor="Berta", role="editor", policy=POLICY, reason="It is true.")
    return store


def known_then(lines: Path, columns: set[str]) -> Path:
    """Leave out of a table's lines what its earlier self had no column for."""
    heads, *rows = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    kept = [place for place, head in enumerate(heads) if head in columns]
    told = [json.dumps([row[place] for place in kept]) for row in (heads, *rows)]
    lines.write_text("\n".join(told) + "\n", encoding="utf-8")
    return lines


def of_then(url: str, revision: str, made: Store, folder: Path) -> None:
    """Fill a database whose schema is that of an earlier version with what `made` holds."""
    folder.mkdir()
    dumping.dump(made.engine, folder)
    engine, then = connect(url, revision), MetaData()
    then.reflect(engine)
    with writing(engine).begin() as connection:
        for table in then.sorted_tables:
            if table.name in metadata.tables:
                dumping._load(
                    connection, table, known_then(folder / f"{table.name}.jsonl", set(table.columns.keys()))
                )
                dumping._count_on(connection, table)
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == revision
    engine.dispose()


def same(url: str, made: Store) -> bool:
    """Whether the database at `url`, opened as anybody opens it, holds what `made` does."""
    store, plan = open_store(url), a_plan().id
    run = store.ledger()
    assert verify(run.entries, run.anchor) == []
    assert to_jsonl(run) == to_jsonl(made.ledger())
    assert store.judged(plan) == made.judged(plan)
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
    store.close()
    return True


@pytest.mark.parametrize("revision", EARLIER)
def test_an_old_database_migrates_and_its_ledger_ends_as_before(
    database_url: str, revision: str, now_made: Store, tmp_path: Path
) -> None:
    of_then(database_url, revision, now_made, tmp_path / "dump")
    assert same(database_url, now_made)


@pytest.mark.parametrize("revision", EARLIER)
def test_an_upgraded_database_goes_on_recording(
    database_url: str, revision: str, now_made: Store, tmp_path: Path
) -> None:
    of_then(database_url, revision, now_made, tmp_path / "dump")
    store = open_store(database_url)
    store.record(a_plan(1, campaign="autumn"), [a_judged(0, "review")], {}, "Anna")
    decide(store, a_judged(0, "review").draft.id, "reject", actor="Berta", role="editor", policy=POLICY)
    run = store.ledger()
    assert verify(run.entries, run.anchor) == []
    assert [record.campaign for record in store.plans()] == ["autumn", "spring-refill"]
    store.close()


def test_processes_that_migrate_one_database_at_once_do_no_harm(
    database_url: str, now_made: Store, tmp_path: Path
) -> None:
    of_then(database_url, EARLIER[0], now_made, tmp_path / "dump")
    at_once: list[Any] = [
        subprocess.Popen([sys.executable, "-c", OPEN, database_url], stderr=subprocess.PIPE) for _ in range(3)
    ]
    told = [(one.communicate()[1].decode(), one.returncode) for one in at_once]
    assert told == [("", 0)] * 3
    assert same(database_url, now_made)


def test_a_backup_of_an_earlier_schema_is_brought_to_today_s(now_made: Store, tmp_path: Path) -> None:
    (tmp_path / "dump").mkdir()
    _, head = dumping.dump(now_made.engine, tmp_path / "dump")
    url = f"sqlite:///{tmp_path}/new.db"
    dumping.rebuild(url, EARLIER[0], tmp_path / "dump", head)
    assert same(url, now_made)
