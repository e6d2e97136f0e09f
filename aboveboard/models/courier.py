"""Have paid calls carried by a small process of their own, so that a call in flight outlives a `kill -9`.

A killed program can't know whether the request it had just sent was answered and charged. So it never sends one
itself: it hands the request over a Unix socket to a courier (`carrying.py`), one a database, which notes it as
pending, makes the call, keeps the answer, and only then tells. Whoever asks again joins the call in flight or gets
the answer that was kept.

What this can't do: if the courier itself dies in mid-flight (power lost, a container stopped), nobody knows what
became of the calls that were pending. They are asked again with the same `Idempotency-Key`, the digest of the
request; whether that prevents a second charge is up to the provider. Where there are no Unix sockets (Windows) the
asking process keeps its calls itself, and a kill has that same effect.

The key to the API passes through in a header; it is neither stored nor logged. The socket lies in a folder that
only its owner can enter.
"""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread

import httpx

from aboveboard.digests import digest
from aboveboard.errors import ModelError

LONGEST_PATH = 100  # bytes; the kernel's sockaddr_un holds 104 on macOS, 108 on Linux
SLACK = 30.0  # seconds the courier has, beyond the call's own timeout, to keep and hand over what came
ADDRESS = "x-aboveboard-address"  # where the request is really going
TIMEOUT = "x-aboveboard-timeout"  # seconds to wait there
FAILED = "x-aboveboard-failed"  # the name of the httpx error that came instead of an answer
READY, TAKEN = b"ready\n", b"taken\n"
OWN_TO_A_HOP = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "keep-alive", "accept-encoding"}
)
LOST_LINE = (httpx.ConnectError, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
FAILURES: dict[str, type[httpx.TransportError]] = {
    kind.__name__: kind
    for kind in (httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError)
}


def carried(calls_url: str, runtime: Path | None = None) -> Callable[[httpx.BaseTransport], httpx.BaseTransport]:
    """Return a wrapper that has calls carried by the courier of the database at `calls_url`.

    `runtime` is the folder for its socket; one of the user's own among the temporary files where None.

    Raises:
        ModelError: That folder isn't safe to talk through.
    """
    if not hasattr(socket, "AF_UNIX") or not hasattr(os, "fork"):
        from aboveboard.calls import open_calls
        from aboveboard.models.kept import keeping

        return keeping(open_calls(calls_url))
    calls_url = _absolute(calls_url)
    place = _socket_path(calls_url, runtime)
    return lambda inner: CourierTransport(calls_url, place, inner)


class CourierTransport(httpx.BaseTransport):
    """Hands every request to the courier, starting one where none answers.

    Asking twice is safe: the courier knows a call by its digest, and joins the one in flight.
    """

    def __init__(self, calls_url: str, place: Path, inner: httpx.BaseTransport) -> None:
        self._calls_url = calls_url
        self._place = place
        self._inner = inner  # plain HTTP, which the courier does in our stead; ours to close
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=None)
        self._line = httpx.HTTPTransport(uds=str(place), limits=limits)
        self._turn = Lock()
        Thread(target=self._call_early, name="courier", daemon=True).start()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return what the courier brought back; raises what httpx raised out there.

        Raises:
            ModelError: No courier could be started.
        """
        request.read()
        response = self._hand_over(request, attempts=3)
        failed = response.headers.get(FAILED)
        if failed:
            raise FAILURES.get(failed, httpx.ReadError)(response.text, request=request)
        return httpx.Response(response.status_code, headers=response.headers, content=response.content)

    def close(self) -> None:
        self._line.close()
        self._inner.close()

    def _hand_over(self, request: httpx.Request, attempts: int) -> httpx.Response:
        try:
            response = self._line.handle_request(_wrapped(request))
            response.read()
            return response
        except LOST_LINE:
            if attempts == 1:
                raise
        self._call_courier()
        return self._hand_over(request, attempts - 1)

    def _call_early(self) -> None:
        with suppress(ModelError, OSError):  # the first request will meet it again, and say so
            self._call_courier()

    def _call_courier(self) -> None:
        with self._turn:
            if not answers(self._place):
                start_courier(self._calls_url, self._place)


def answers(place: Path) -> bool:
    """Whether a courier listens at `place`."""
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(str(place)) == 0


def start_courier(calls_url: str, place: Path) -> None:
    """Start a courier in a session of its own and wait until it listens; where one already does, that one stays.

    Raises:
        ModelError: It didn't start; its log says why.
    """
    log = place.with_suffix(".log")
    environment = {name: value for name, value in os.environ.items() if not name.endswith(("_KEY", "_TOKEN"))}
    log.touch(mode=0o600)
    with log.open("ab") as errors:
        courier = subprocess.Popen(
            [sys.executable, "-P", "-m", "aboveboard.models.carrying", str(place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            cwd=place.parent,
            env=environment,
        )
    said, _ = courier.communicate(calls_url.encode("utf-8"))  # not as an argument: a URL may hold a password
    if said not in {READY, TAKEN}:
        raise ModelError(
            f"The courier that carries model calls didn't start. {log} says why; mend that and retry."
        )


def _wrapped(request: httpx.Request) -> httpx.Request:
    timeout = request.extensions.get("timeout", {})
    wait = timeout.get("read")
    headers = [(name, value) for name, value in request.headers.multi_items() if name not in OWN_TO_A_HOP]
    headers += [(ADDRESS, str(request.url))] + ([(TIMEOUT, str(wait))] if wait else [])
    patience = {**timeout, "read": wait + SLACK if wait else None}
    return httpx.Request(
        request.method,
        "http://courier/",
        headers=headers,
        content=request.content,
        extensions={"timeout": patience},
    )


def _absolute(calls_url: str) -> str:
    scheme, mark, path = calls_url.partition(":///")
    if not mark or not scheme.startswith("sqlite") or not path:
        return calls_url
    return f"{scheme}:///{Path(path).absolute()}"


def _socket_path(calls_url: str, runtime: Path | None) -> Path:
    name = f"{digest(calls_url)[:12]}.sock"
    folder = runtime or Path(tempfile.gettempdir()) / f"aboveboard-{os.getuid()}"
    if len(os.fsencode(folder / name)) > LONGEST_PATH:
        folder = Path("/tmp") / f"aboveboard-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise ModelError(
            f"{folder}: others could listen in on model calls here. Remove it, or chmod 700 it if yours."
        )
    return folder / name
