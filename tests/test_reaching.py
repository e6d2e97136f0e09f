"""A call ends up where it was allowed to lead: the address that was judged is the one that is called."""

import datetime
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from bundling import DECIDED, opened
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aboveboard.clock import now
from aboveboard.deciding import decide
from aboveboard.errors import AccountError
from aboveboard.hooking import add_hook, all_hooks, deliver
from aboveboard.reaching import find_way, open_client, post

REAL = socket.getaddrinfo
NAME = "hooks.example"
PUBLIC = "93.184.216.34"


class Listener:
    """A program on this machine that notes what comes, and by which name it was called."""

    def __init__(self, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.hosts: list[str] = []
        self.names: list[str | None] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                listener.hosts.append(self.headers["host"])
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer((address, 0), Handler)
        if tls:
            tls.sni_callback = lambda _socket, name, _context: listener.names.append(name)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listening() -> Iterator[Callable[..., Listener]]:
    made: list[Listener] = []

    def listen(*told: Any) -> Listener:
        made.append(Listener(*told))
        return made[-1]

    yield listen
    for one in made:
        one.close()


def resolver(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Have DNS give these answers for a name one after the other, the last from then on; return who asked."""
    asked: list[str] = []

    def look_up(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if not name.endswith(".example"):
            return REAL(host, port, *rest, **more)
        asked.append(name)
        found = answers[min(len(asked), len(answers)) - 1]
        return [answer for one in found for answer in REAL(one, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def certified(folder: Path) -> Path:
    """Write a certificate for NAME, signed by itself, with its key; return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    today = now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    kind, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = folder / "certificate.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, kind, bare)
    )
    return file


def test_a_name_that_leads_inside_by_the_time_of_the_call_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listening: Callable[..., Listener]
) -> None:
    inside = listening()
    with opened(tmp_path / "work") as project:
        engine, plan = project.store.engine, project.find_plan("tap-week")
        resolver(monkeypatch, [PUBLIC], ["127.0.0.1"])
        add_hook(engine, f"https://{NAME}:{inside.port}/told", ("withdrawn",))
        decide(project.root, project.store.cleared(plan)[0].name, "withdraw", "", DECIDED, "editor")
        assert deliver(engine) == 0
        assert "this machine" in all_hooks(engine)[0].told
    assert inside.hosts == []


def test_what_was_judged_is_called_and_by_its_name(
    monkeypatch: pytest.MonkeyPatch, listening: Callable[..., Listener]
) -> None:
    meant = listening()
    asked = resolver(monkeypatch, ["127.0.0.1"], [PUBLIC])
    way = find_way(f"http://{NAME}:{meant.port}/told", private=True)
    with open_client() as client:
        assert post(client, way, json.dumps({}), {}) == 204
    assert (asked, meant.hosts) == ([NAME], [f"{NAME}:{meant.port}"])


def test_tls_is_held_to_the_name_not_to_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listening: Callable[..., Listener]
) -> None:
    file = certified(tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(file)
    meant = listening("127.0.0.1", served)
    monkeypatch.setattr("aboveboard.reaching._trusted", lambda: ssl.create_default_context(cafile=file))
    resolver(monkeypatch, ["127.0.0.1"])
    with open_client() as client:
        assert post(client, find_way(f"https://{NAME}:{meant.port}/", private=True), "{}", {}) == 204
        other = find_way(f"https://other.example:{meant.port}/", private=True)
        with pytest.raises(httpx.ConnectError, match="not valid for 'other.example'"):
            post(client, other, "{}", {})
    assert meant.names == [NAME, "other.example"] and meant.hosts == [f"{NAME}:{meant.port}"]


def test_an_address_that_is_down_gives_way_to_the_next(
    monkeypatch: pytest.MonkeyPatch, listening: Callable[..., Listener]
) -> None:
    meant = listening()
    resolver(monkeypatch, ["::1", "127.0.0.1"])
    with open_client() as client:
        assert post(client, find_way(f"http://{NAME}:{meant.port}/", private=True), "{}", {}) == 204


@pytest.mark.parametrize(
    "inside",
    [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001:0:53aa:64c:0:7a:f5ff:fffe",
        "fd00::1",
        "fe80::1",
    ],
)
def test_one_address_inside_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch, inside: str) -> None:
    resolver(monkeypatch, [PUBLIC, inside])
    with pytest.raises(AccountError, match="private network"):
        find_way(f"https://{NAME}/")
    assert [str(one) for one in find_way(f"https://{NAME}/", private=True).found][0] == PUBLIC


@pytest.mark.parametrize("outside", [PUBLIC, "2606:2800:220:1::1", f"::ffff:{PUBLIC}", "64:ff9b::5db8:d822"])
def test_the_open_internet_may_be_called(monkeypatch: pytest.MonkeyPatch, outside: str) -> None:
    resolver(monkeypatch, [outside])
    assert find_way(f"https://{NAME}/").found == (ipaddress.ip_address(outside),)


@pytest.mark.parametrize(
    "url", ["https://", "https:///x", "https://a b/", "https://[::1", "https://exa\nmple.org/", "https://x:99999/"]
)
def test_what_is_no_address_is_told_so(url: str) -> None:
    with pytest.raises(AccountError, match="no address for a webhook|leads nowhere"):
        find_way(url)
