"""The courier process: carries requests from a Unix socket to where they go, and keeps every answer on the way.

Run as `python -m aboveboard.models.carrying SOCKET` with the database's URL on standard input. It leaves when
nobody has been connected and nothing in flight for `LINGER` seconds, and never while a call is in flight.
"""

import asyncio
import fcntl
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config, Server

from aboveboard.models.courier import ADDRESS, FAILED, OWN_TO_A_HOP, READY, TAKEN, TIMEOUT, answers
from aboveboard.models.kept import KeptTransport, Table

LINGER = 2.0  # seconds
PATIENCE = 10.0  # seconds to wait for a courier that is leaving
IN_FLIGHT = 128  # calls carried at once; more wait their turn
LONGEST_REASON = 500  # characters
LONGEST_CALL = 600.0  # seconds, where the asker sets no timeout


class Outward(httpx.BaseTransport):
    """Plain HTTP out into the world, through the proxies that the environment names."""

    def __init__(self) -> None:
        limits = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
        self._client = httpx.Client(limits=limits, timeout=None)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._client.send(request)

    def close(self) -> None:
        self._client.close()


def carrying(calls: Table, outward: httpx.BaseTransport) -> ASGIApp:
    """Return the application that makes each request it is handed, once, and hands back the answer."""
    transport = KeptTransport(calls, outward)
    pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="call")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked = Request(scope, receive)
        try:
            request = _unwrapped(asked, await asked.body())
        except ClientDisconnect:
            return  # killed while it was still asking: nothing has been sent
        answer = await asyncio.get_running_loop().run_in_executor(pool, _carry, transport, request)
        await answer(scope, receive, send)

    return app


def _unwrapped(asked: Request, body: bytes) -> httpx.Request:
    own = OWN_TO_A_HOP | {ADDRESS, TIMEOUT}
    headers = [(name, value) for name, value in asked.headers.items() if name not in own]
    timeout = httpx.Timeout(float(asked.headers.get(TIMEOUT, LONGEST_CALL))).as_dict()
    return httpx.Request(
        asked.method, asked.headers[ADDRESS], headers=headers, content=body, extensions={"timeout": timeout}
    )


def _carry(transport: httpx.BaseTransport, request: httpx.Request) -> Response:
    try:
        answer = transport.handle_request(request)
    except Exception as error:  # whatever it is, the asker is told, and asks again or gives up
        return Response(str(error)[:LONGEST_REASON], status_code=502, headers={FAILED: type(error).__name__})
    return Response(answer.content, status_code=answer.status_code, headers=dict(answer.headers))


async def serve(place: Path, app: ASGIApp) -> None:
    """Answer at the socket `place` until there is nothing left to do, then remove it."""
    with suppress(FileNotFoundError):
        place.unlink()  # left by a courier that was killed: the lock is ours
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen(512)
        server = Server(Config(app, log_config=None, access_log=False, lifespan="off", timeout_keep_alive=86400))
        _tell(READY)
        async with _leaving_when_idle(server, place):
            await server.serve(sockets=[listener])


@asynccontextmanager
async def _leaving_when_idle(server: Server, place: Path) -> AsyncIterator[None]:
    async def watch() -> None:
        busy = time.monotonic()
        while time.monotonic() - busy < LINGER:
            await asyncio.sleep(LINGER / 10)
            if server.server_state.connections or server.server_state.tasks:
                busy = time.monotonic()
        place.unlink(missing_ok=True)  # first: whoever comes now finds nobody and starts another
        server.should_exit = True

    watching = asyncio.create_task(watch())
    yield
    watching.cancel()


def _alone(place: Path) -> bool:
    """Take the lock of `place` and keep it while this process lives; False where another courier serves there."""
    lock = os.open(place.with_suffix(".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if answers(place) or time.monotonic() > deadline:
                return False
        time.sleep(0.02)


def _tell(word: bytes) -> None:
    with suppress(BrokenPipeError):  # whoever started us may have been killed since
        os.write(1, word)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def main() -> None:
    """Become a courier: detach, open the database, listen, carry."""
    place = Path(sys.argv[1])
    calls_url = sys.stdin.buffer.read().decode("utf-8")
    if not calls_url or os.fork():
        os._exit(0)  # the starter waits for this one and never has to reap the other
    if not _alone(place):
        return _tell(TAKEN)
    from aboveboard.calls import open_calls

    os.umask(0o077)
    asyncio.run(serve(place, carrying(open_calls(calls_url), Outward())))


if __name__ == "__main__":
    main()
