import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from bundling import opened, workspace
from standardwebhooks import Webhook
from terminal import piped

from aboveboard.database import writing
from aboveboard.deciding import decide
from aboveboard.errors import AccountError
from aboveboard.hooking import EVENTS, PATIENCE, add_hook, all_hooks, deliver, wake_hook
from aboveboard.project import Project
from aboveboard.starting import produce_here
from aboveboard.tables import hooks
from aboveboard.watching import SilentWatch


class Receiver:
    """A program that is told, on this machine."""

    def __init__(self) -> None:
        self.status, self.wait = 204, 0.0
        self.got: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({name.casefold(): value for name, value in self.headers.items()}, body))
                time.sleep(receiver.wait)
                self.send_response(receiver.status)
                self.send_header("location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/told"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()

    def events(self, secret: str) -> list[dict[str, Any]]:
        """Return what was told, each signature checked by the standard's own library."""
        return [json.loads(Webhook(secret).verify(body, headers) and body) for headers, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with opened(tmp_path / "work") as made:
        yield made


def due_now(project: Project) -> None:
    """Let waiting time pass: every hook may try at once."""
    from datetime import UTC, datetime

    with writing(project.store.engine).begin() as connection:
        connection.execute(hooks.update().values(next_at=datetime(2020, 1, 1, tzinfo=UTC)))


def rewound(project: Project) -> None:
    """Have every hook begin at the first entry of the ledger."""
    with writing(project.store.engine).begin() as connection:
        connection.execute(hooks.update().values(cursor=0))


def test_what_happens_is_told_in_order_signed_and_once(project: Project, receiver: Receiver) -> None:
    _, secret = add_hook(project.store.engine, receiver.url, EVENTS, private=True)
    one = project.store.queue(states=("flagged", "blocked"))[0]
    decide(project.root, one.id, "reject", "Hush: no words of this go out", "Bo", "reviewer")
    assert deliver(project.store.engine, private=True) == 1
    due_now(project)
    assert deliver(project.store.engine, private=True) == 0
    (event,) = receiver.events(secret)
    assert (event["type"], event["data"]["draft"], event["data"]["becomes"]) == ("rejected", one.id, "rejected")
    assert b"Hush" not in receiver.got[0][1] and b"Bo" not in receiver.got[0][1]


def test_only_the_events_that_were_chosen_are_told(project: Project, receiver: Receiver) -> None:
    _, secret = add_hook(project.store.engine, receiver.url, ("created", "approved"), private=True)
    rewound(project)
    deliver(project.store.engine, private=True)
    assert [event["type"] for event in receiver.events(secret)] == ["created", "approved"]
    words = [one.judged.draft.post for one in project.store.judged(project.find_plan("tap-week"))]
    assert not any(word.encode() in body for word in words for _, body in receiver.got)


def test_a_receiver_in_trouble_is_tried_again_from_where_it_stopped(project: Project, receiver: Receiver) -> None:
    _, secret = add_hook(project.store.engine, receiver.url, EVENTS, private=True)
    rewound(project)
    receiver.status = 503
    assert deliver(project.store.engine, private=True) == 0
    (hook,) = all_hooks(project.store.engine)
    assert (hook.failures, hook.told, hook.cursor) == (1, "answered 503", 0)
    assert deliver(project.store.engine, private=True) == 0  # it isn't time yet
    receiver.status = 204
    due_now(project)
    assert deliver(project.store.engine, private=True) > 5
    names = [headers["webhook-id"] for headers, _ in receiver.got]
    assert names[0] == names[1] and len(set(names)) == len(names) - 1  # the same id for the same event
    assert [event["data"]["seq"] for event in receiver.events(secret)[1:]] == list(range(1, len(names)))


def test_a_redirect_is_no_delivery_and_is_not_followed(project: Project, receiver: Receiver) -> None:
    add_hook(project.store.engine, receiver.url, EVENTS, private=True)
    rewound(project)
    receiver.status = 307
    deliver(project.store.engine, private=True)
    assert all_hooks(project.store.engine)[0].told == "answered 307"


def test_a_hook_that_only_fails_rests_until_it_is_woken(project: Project, receiver: Receiver) -> None:
    hook, _ = add_hook(project.store.engine, receiver.url, EVENTS, private=True)
    rewound(project)
    receiver.status = 500
    for _ in range(PATIENCE + 2):
        due_now(project)
        deliver(project.store.engine, private=True)
    assert len(receiver.got) == PATIENCE and not all_hooks(project.store.engine)[0].active
    receiver.status = 204
    wake_hook(project.store.engine, hook.id)
    assert deliver(project.store.engine, private=True) > 5


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1/x", "this machine"),
        ("https://localhost/x", "this machine"),
        ("http://10.0.0.1/x", "http can be read"),
        ("https://10.0.0.1/x", "private network"),
        ("https://169.254.169.254/latest/meta-data", "private network"),
        ("https://[::ffff:10.0.0.1]/x", "private network"),
        ("ftp://example.org", "no address"),
        ("https://user:word@127.0.0.1/", "no address"),
        ("javascript:alert(1)", "no address"),
    ],
)
def test_a_hook_leads_out_of_the_house_encrypted(project: Project, url: str, why: str) -> None:
    with pytest.raises(AccountError, match=why):
        add_hook(project.store.engine, url, ("created",))


def test_a_hook_wants_events_that_there_are(project: Project) -> None:
    with pytest.raises(AccountError, match="no event 'liked'"):
        add_hook(project.store.engine, "https://127.0.0.1/", ("liked",), private=True)


def test_killed_between_sending_and_keeping_nothing_is_lost(project: Project, receiver: Receiver) -> None:
    _, secret = add_hook(project.store.engine, receiver.url, EVENTS, private=True)
    rewound(project)
    receiver.wait = 0.3
    code = (
        "from aboveboard.hooking import deliver; from aboveboard.database import connect; import sys; "
        "deliver(connect(sys.argv[1]), private=True)"
    )
    running = subprocess.Popen([sys.executable, "-c", code, project.database_url])
    while len(receiver.got) < 3:
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    receiver.wait = 0.0
    due_now(project)
    deliver(project.store.engine, private=True)
    told = [event["data"]["seq"] for event in receiver.events(secret)]
    entries = {entry.seq for entry in project.store.ledger().entries}
    assert set(told) == entries and len(told) - len(entries) <= 1


def test_hooks_are_kept_from_the_terminal(tmp_path: Path, receiver: Receiver) -> None:
    root = workspace(tmp_path / "work", images=None)
    with (root / "aboveboard.toml").open("a", encoding="utf-8") as settings:
        settings.write("webhooks_private = true\n")
    added = piped("hooks", "add", receiver.url, "-e", "flagged", "-w", str(root))
    assert added.returncode == 0 and b"whsec_" in added.stdout, added.stderr
    produce_here(root, root / "brief.json", "", SilentWatch())
    assert b"sent" in piped("hooks", "deliver", "-w", str(root)).stdout
    assert piped("hooks", "deliver", "-w", str(root)).stdout == b""
    (told,) = json.loads(piped("hooks", "list", "--json", "-w", str(root)).stdout)
    assert "secret" not in told and told["failures"] == 0
    piped("hooks", "remove", told["id"], "-w", str(root))
    assert json.loads(piped("hooks", "list", "--json", "-w", str(root)).stdout) == []


def test_what_another_process_sent_meanwhile_is_not_sent_again(project: Project, receiver: Receiver) -> None:
    second = Receiver()
    for one in (receiver, second):
        add_hook(project.store.engine, one.url, ("flagged",), private=True)
    rewound(project)
    slow, other = sorted((receiver, second), key=lambda one: all_hooks(project.store.engine)[0].url != one.url)
    slow.wait = 0.5
    first = threading.Thread(target=deliver, args=(project.store.engine,), kwargs={"private": True})
    first.start()
    while not slow.got:
        time.sleep(0.01)
    deliver(
        project.store.engine, private=True
    )  # the slow one is in the first's hands, so the other's events alone
    told = len(other.got)
    first.join()
    second.close()
    assert told and len(other.got) == told
