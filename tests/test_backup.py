"""A backup holds a workspace whole and nothing secret; a restore makes it again, all of it or nothing."""

import io
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from bundling import finished
from making import a_judged, a_plan
from running_parts import command

from aboveboard import accounts, archive
from aboveboard.archive import fit
from aboveboard.errors import AboveboardError, BackupError
from aboveboard.hooking import add_hook, all_hooks
from aboveboard.ledger import to_jsonl, verify
from aboveboard.preserving import back_up
from aboveboard.project import Project, open_project
from aboveboard.restoring import restore
from aboveboard.store import open_store
from aboveboard.tables import metadata

PASSWORD = "seven herons on one pier"


def silent(name: str, done: int, of: int) -> None:
    """Say nothing."""


def saved(root: Path, place: Path, **how: bool) -> archive.Manifest:
    with open_project(root) as project:
        return back_up(project, place, silent, **({"bundles": True, "dry_run": False} | how))


def rows(project: Project) -> dict[str, list[Any]]:
    """Return every row that a backup takes along whole."""
    left = {"passes", "keepsakes", "hooks"}
    with project.store.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(table.select().order_by(*table.primary_key))]
            for table in metadata.sorted_tables
            if table.name not in left
        }


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = finished(tmp_path / "work")
    (root / "briefs").mkdir()
    (root / "briefs" / "next.yaml").write_text("campaign: next\n", encoding="utf-8")
    with open_project(root) as project:
        link = accounts.first_link(project.store.engine)
        assert link
        accounts.accept(project.store.engine, link, PASSWORD, "Ada", "ada@example.org")
    return root


def test_a_restored_workspace_has_the_same_rows_files_bundles_and_ledger_head(
    workspace: Path, tmp_path: Path
) -> None:
    manifest = saved(workspace, tmp_path / "b.tar.gz")
    restore(tmp_path / "b.tar.gz", tmp_path / "new", silent, dry_run=False)
    with open_project(workspace) as old, open_project(tmp_path / "new") as new:
        assert rows(new) == rows(old)
        assert to_jsonl(new.store.ledger()) == to_jsonl(old.store.ledger())
        assert new.store.ledger().anchor.head == manifest.head
        assert accounts.sign_in(new.store.engine, "ada@example.org", PASSWORD).name == "Ada"
    for name in ("briefs/next.yaml", "aboveboard.toml", "guardrails/policy.yaml", "brief.json"):
        assert (tmp_path / "new" / name).read_bytes() == (workspace / name).read_bytes()
    pictures = [path.name for path in (workspace / ".aboveboard/pictures").iterdir()]
    assert pictures and sorted(pictures) == sorted(os.listdir(tmp_path / "new/.aboveboard/pictures"))
    assert command("verify", "outputs/tap-week/latest", cwd=tmp_path / "new").returncode == 0
    assert not (tmp_path / "new" / ".restoring").exists()


def test_the_restored_workspace_goes_on_numbering_where_the_old_one_stopped(
    workspace: Path, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(workspace, tmp_path / "b.tar.gz")
    monkeypatch.setenv("ABOVEBOARD_DATABASE_URL", database_url)
    manifest, where = restore(tmp_path / "b.tar.gz", tmp_path / "new", silent, dry_run=False)
    assert where == database_url
    with open_project(tmp_path / "new") as project:
        assert project.store.ledger().anchor.head == manifest.head
        project.store.record(a_plan(), [a_judged(0)], {}, "Ada")
        run = project.store.ledger()
        assert verify(run.entries, run.anchor) == []
        assert len(project.store.plans()) == 2


def test_a_workspace_moves_from_either_database_to_sqlite(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(database_url)
    store.record(a_plan(), [a_judged(0), a_judged(1, "review")], {}, "Ada")
    (tmp_path / "work").mkdir()
    (tmp_path / "work/aboveboard.toml").write_text("", encoding="utf-8")
    with monkeypatch.context() as there:
        there.setenv("ABOVEBOARD_DATABASE_URL", database_url)
        saved(tmp_path / "work", tmp_path / "b.tar.gz")
    restore(tmp_path / "b.tar.gz", tmp_path / "new", silent, dry_run=False)
    with open_project(tmp_path / "new") as project:
        assert to_jsonl(project.store.ledger()) == to_jsonl(store.ledger())
        assert project.store.judged(a_plan().id) == store.judged(a_plan().id)
    store.close()


def test_a_backup_holds_no_secret(workspace: Path, tmp_path: Path) -> None:
    (workspace / ".env").write_text("OPENAI_API_KEY=hunter2-env\n", encoding="utf-8")
    (workspace / "briefs" / "server.key").write_text("hunter2-key", encoding="utf-8")
    (tmp_path / "outside.txt").write_text("hunter2-link", encoding="utf-8")
    (workspace / "briefs" / "link.yaml").symlink_to(tmp_path / "outside.txt")
    with open_project(workspace) as project:
        project.store.keep_once("secret", "desk", lambda: b"hunter2-cookie")
        person = accounts.everybody(project.store.engine)[0]
        for kind in ("session", "token"):
            accounts.issue(project.store.engine, kind, person)  # type: ignore[arg-type]
        _, secret = add_hook(project.store.engine, "http://127.0.0.1:9/x", ("flagged",), private=True)
    place = tmp_path / "b.tar.gz"
    saved(workspace, place)
    with tarfile.open(place) as tar:
        names = tar.getnames()
        whole = b"".join(tar.extractfile(one).read() for one in tar)  # type: ignore[union-attr]
    assert not [name for name in names if "signing" in name or name.endswith(("link.yaml", ".env", ".key"))]
    for secret_text in (secret, "hunter2", "aHVudGVyMi", '"session"', '"invitation"'):
        assert secret_text.encode() not in whole
    assert b'"token"' in whole
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    restore(place, tmp_path / "new", silent, dry_run=False)
    with open_project(tmp_path / "new") as project:
        hook = all_hooks(project.store.engine)[0]
        assert not hook.active and "add it again" in hook.told


@pytest.mark.usefixtures("fixed_clock")
def test_the_same_state_makes_the_same_bytes(workspace: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        saved(workspace, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_backup_taken_while_others_write_is_of_one_moment(database_url: str, tmp_path: Path) -> None:
    store, stop = open_store(database_url), threading.Event()
    (tmp_path / "aboveboard.toml").write_text(f'database_url = "{database_url}"\n', encoding="utf-8")

    def write() -> None:
        for number in range(1, 1000):
            store.record(a_plan(number), [a_judged(0)], {}, "Ada")
            if stop.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            made = saved(tmp_path, tmp_path / f"{number}.tar.gz")
            assert made.rows["ledger"] == made.rows["plans"] + made.rows["drafts"]
    finally:
        stop.set()
        writer.join()
    store.close()


def test_nothing_is_overwritten(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "b.tar.gz"
    saved(workspace, place)
    with pytest.raises(BackupError, match="there already"):
        saved(workspace, place)
    with pytest.raises(BackupError, match="isn't empty"):
        restore(place, workspace, silent, dry_run=False)
    full = open_store(f"sqlite:///{tmp_path}/full.db")
    full.record(a_plan(), [a_judged(0)], {}, "Ada")
    before = to_jsonl(full.ledger())
    monkeypatch.setenv("ABOVEBOARD_DATABASE_URL", f"sqlite:///{tmp_path}/full.db")
    with pytest.raises(BackupError, match="holds something already"):
        restore(place, tmp_path / "new", silent, dry_run=False)
    assert to_jsonl(full.ledger()) == before and len(full.plans()) == 1
    assert list((tmp_path / "new").iterdir()) == []


def test_a_dry_run_writes_nothing(workspace: Path, tmp_path: Path) -> None:
    assert saved(workspace, tmp_path / "b.tar.gz", dry_run=True).rows["plans"] == 1
    assert not (tmp_path / "b.tar.gz").exists()
    saved(workspace, tmp_path / "b.tar.gz")
    restore(tmp_path / "b.tar.gz", tmp_path / "new", silent, dry_run=True)
    assert not (tmp_path / "new").exists()


def test_a_broken_ledger_is_not_backed_up(workspace: Path, tmp_path: Path) -> None:
    with sqlite3.connect(workspace / ".aboveboard/aboveboard.db") as database:
        database.execute("DROP TRIGGER ledger_refuses_update")
        database.execute("UPDATE ledger SET body = '{}' WHERE seq = 2")
    with pytest.raises(BackupError, match="doesn't hold"):
        saved(workspace, tmp_path / "b.tar.gz")


def rewritten(place: Path, change: Any) -> Path:
    """Return a copy of a backup in which `change` made other members of its members."""
    with tarfile.open(place) as tar:
        members = [(one, tar.extractfile(one).read()) for one in tar]  # type: ignore[union-attr]
    bad = place.with_name("bad.tar.gz")
    with tarfile.open(bad, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        for info, data in change(members):
            info.size = len(data) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(data))
    return bad


def added(name: str, kind: bytes = tarfile.REGTYPE, named: bool = True) -> Any:
    def change(members: list[Any]) -> list[Any]:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        first, text = members[0]
        manifest = json.loads(text)
        if named:
            manifest["members"][name] = {"size": 0, "sha256": archive.hashlib.sha256(b"").hexdigest()}
        return [(first, json.dumps(manifest).encode()), *members[1:], (info, b"")]

    return change


def longer(members: list[Any]) -> list[Any]:
    return [(info, data + b" " if info.name.endswith("ledger.jsonl") else data) for info, data in members]


def other_bytes(members: list[Any]) -> list[Any]:
    turned = [(info, data[:-2] + b"x\n" if info.name.endswith("plans.jsonl") else data) for info, data in members]
    return turned


@pytest.mark.parametrize(
    "change",
    [
        added("files/../../escaped.txt"),
        added("/etc/escaped.txt"),
        added("files/briefs/a\\b"),
        added("files/briefs/link.yaml", tarfile.SYMTYPE),
        added("files/briefs/link.yaml", tarfile.LNKTYPE),
        added("files/briefs/extra.yaml", named=False),
        longer,
        other_bytes,
        lambda members: members[:-1],
        lambda members: [*members, members[-1]],
        lambda members: members[1:],
        lambda members: [(members[0][0], b"{}"), *members[1:]],
    ],
)
def test_a_backup_somebody_meddled_with_restores_nothing(workspace: Path, tmp_path: Path, change: Any) -> None:
    saved(workspace, tmp_path / "b.tar.gz")
    bad = rewritten(tmp_path / "b.tar.gz", change)
    with pytest.raises(BackupError):
        restore(bad, tmp_path / "room" / "new", silent, dry_run=False)
    assert [path for path in (tmp_path / "room").rglob("*") if path.name != "new"] == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_backup_cut_short_is_refused(workspace: Path, tmp_path: Path, share: float) -> None:
    saved(workspace, tmp_path / "b.tar.gz")
    data = (tmp_path / "b.tar.gz").read_bytes()
    (tmp_path / "b.tar.gz").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(AboveboardError):
        restore(tmp_path / "b.tar.gz", tmp_path / "new", silent, dry_run=False)
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("name", ["files/briefs/../x", "files//x", "files/.ssh/id", "database/x/y", "x", ""])
def test_a_name_that_leads_elsewhere_is_no_member_s(name: str) -> None:
    assert not fit(name)


@pytest.mark.parametrize("seconds", [0.05, 0.15, 0.3, 0.6])
def test_a_restore_killed_anywhere_is_run_again(
    workspace: Path, tmp_path: Path, database_url: str, seconds: float
) -> None:
    head = saved(workspace, tmp_path / "b.tar.gz").head
    asked = "import sys; from pathlib import Path; from aboveboard.restoring import restore; print(flush=True)\n"
    asked += "restore(Path(sys.argv[1]), Path(sys.argv[2]), lambda *_: None, dry_run=False)"
    told = [sys.executable, "-c", asked, str(tmp_path / "b.tar.gz"), str(tmp_path / "new")]
    env = {**os.environ, "ABOVEBOARD_DATABASE_URL": database_url}
    first = subprocess.Popen(told, env=env, stdout=subprocess.PIPE)
    assert first.stdout and first.stdout.readline()
    time.sleep(seconds)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    if not (tmp_path / "new/aboveboard.toml").exists():
        subprocess.run(told, env=env, check=True)
    with open_store(database_url).engine.connect() as connection:
        ends = connection.exec_driver_sql("SELECT hash FROM ledger ORDER BY seq DESC LIMIT 1").scalar()
    assert ends == head and (tmp_path / "new/briefs/next.yaml").exists()


def test_the_command_line_says_what_was_kept(workspace: Path, tmp_path: Path) -> None:
    done = command("backup", str(tmp_path / "b.tar.gz"), "--no-bundles", cwd=workspace)
    assert (done.returncode, "1 plans" in done.stdout) == (0, True)
    done = command("restore", str(tmp_path / "b.tar.gz"), "-w", str(tmp_path / "new"), "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert (told["done"], told["bundles"], (tmp_path / "new/outputs").exists()) == ("restored", False, False)
    done = command("restore", str(tmp_path / "b.tar.gz"), "-w", str(tmp_path / "new"), cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
