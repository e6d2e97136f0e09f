import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from bundling import opened
from terminal import piped

from aboveboard.errors import WorkspaceError
from aboveboard.project import Project, open_project
from aboveboard.reminding import due, remind

LEAD, AHEAD = timedelta(hours=24), timedelta(hours=12)


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """Whatever Apprise posts to a receiver on this machine, which both reviewers and admins are told by."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append(json.loads(body) | {"path": self.path})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("ABOVEBOARD_NOTIFY", f"json://127.0.0.1:{server.server_port}/reviewers")
    monkeypatch.setenv("ABOVEBOARD_ESCALATE", f"json://127.0.0.1:{server.server_port}/admins")
    yield got
    server.shutdown()


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(moment.timestamp())))


def first(project: Project) -> datetime:
    return project.store.queue(states=("flagged", "blocked"))[0].judged.draft.slot.at


def test_nobody_is_told_before_it_is_time_and_nobody_after_the_post_was_due(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        one = project.store.queue(states=("flagged", "blocked"))[:1]
        slot = first(project)
        kinds = [
            [notice.kind for notice in due(one, slot - before, LEAD, AHEAD)]
            for before in (timedelta(hours=37), timedelta(hours=35), timedelta(hours=23), timedelta())
        ]
        assert kinds == [[], ["remind"], ["escalate"], []]


def test_reviewers_are_reminded_once_and_admins_told_once(
    tmp_path: Path, mailbox: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "work") as made:
        root, slot = made.root, first(made)
    with open_project(root) as project:
        at(monkeypatch, slot - timedelta(hours=30))
        assert remind(project, dry_run=True) and mailbox == []
        remind(project)
        remind(project)
        assert [told["path"] for told in mailbox] == ["/reviewers"]
        at(monkeypatch, slot - timedelta(hours=20))
        remind(project)
        remind(project)
        assert [told["path"] for told in mailbox].count("/admins") == 1
        assert "to review" in mailbox[0]["title"] and "tap-week" in mailbox[0]["message"]
        words = [one.judged.draft.post[:20] for one in project.store.judged(project.find_plan("tap-week"))]
        assert not any(word in told["message"] for word in words for told in mailbox)


def test_who_could_not_be_told_is_told_the_next_time(
    tmp_path: Path, mailbox: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "work") as made:
        root, slot = made.root, first(made)
    at(monkeypatch, slot - timedelta(hours=30))
    with monkeypatch.context() as broken:
        broken.setenv("ABOVEBOARD_NOTIFY", "json://127.0.0.1:1/")
        with open_project(root) as project, pytest.raises(WorkspaceError, match="Nobody could be told"):
            remind(project)
    with open_project(root) as project:
        remind(project)
    assert len(mailbox) == 1


def test_where_people_are_told_is_a_secret(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        settings = project.root / "aboveboard.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text + 'notify = "slack://T/B/C"\n', encoding="utf-8")
        told = piped("review", "remind", "-w", str(project.root))
        assert told.returncode == 2 and b"secret" in told.stderr
        settings.write_text(text, encoding="utf-8")
        assert piped("review", "remind", "-w", str(project.root)).stdout == b""  # nothing is due, nothing is said
