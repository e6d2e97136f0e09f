"""A transport that keeps each model call by the digest of its request, so that none is ever paid for twice.

Only what a caller may see again is kept: the request's body and the answer's. No header and no key is stored.
"""

import json
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Protocol

import httpx

from aboveboard.calls import Reply
from aboveboard.digests import canonical_json, digest

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
CALL = "x-aboveboard-call"  # the digest of the request
KEPT = "x-aboveboard-kept"  # 1 where the answer came from our table and nothing was paid
TOOK = "x-aboveboard-milliseconds"  # how long the call took when it was made
PASSED_ON = ("content-type", "retry-after", "retry-after-ms", "x-should-retry", "x-request-id")


class Table(Protocol):
    """What is asked of `calls.Calls`: pending before a call goes out, done once its answer is in."""

    def reply(self, digest: str) -> Reply | None: ...
    def begin(self, digest: str, model: str, request: str) -> None: ...
    def finish(self, digest: str, reply: Reply) -> None: ...
    def fail(self, digest: str) -> None: ...


@dataclass(frozen=True)
class Answer:
    """A reply and whether it was kept; `headers` are the few a caller needs to see."""

    reply: Reply
    kept: bool
    headers: tuple[tuple[str, str], ...] = ()


class KeptTransport(httpx.BaseTransport):
    """Answers from the table what was asked before; asks `inner` the rest, each request once at a time.

    A request is the same when method, host, path and canonical JSON body are. Only 2xx answers in JSON are kept;
    others pass through, so that the client's own retries act on them. Every request carries its digest as
    `Idempotency-Key`, for a call whose answer was lost with the machine is asked again.
    """

    def __init__(self, calls: Table, inner: httpx.BaseTransport) -> None:
        self._calls = calls
        self._inner = inner
        self._flights: dict[str, Future[Answer]] = {}
        self._turn = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to `request`, kept or fresh; raises what httpx raises where none came."""
        request.read()
        key = call_digest(request)
        with self._turn:
            flight = self._flights.get(key)
            leads = flight is None
            flight = flight or self._flights.setdefault(key, Future())
        if leads:
            self._fly(key, request, flight)
            return _response(key, flight.result())
        return _response(key, replace(flight.result(), kept=True))

    def close(self) -> None:
        self._inner.close()

    def _fly(self, key: str, request: httpx.Request, flight: Future[Answer]) -> None:
        try:
            flight.set_result(self._answer(key, request))
        except BaseException as error:
            flight.set_exception(error)
        finally:
            with self._turn:
                del self._flights[key]

    def _answer(self, key: str, request: httpx.Request) -> Answer:
        if known := self._calls.reply(key):
            return Answer(known, kept=True)
        self._calls.begin(key, _model(request), request.content.decode("utf-8", "replace"))
        try:
            answer = self._ask(key, request)
        except httpx.TransportError:
            self._calls.fail(key)
            raise
        if _worth_keeping(answer.reply):
            self._calls.finish(key, answer.reply)
        else:
            self._calls.fail(key)
        return answer

    def _ask(self, key: str, request: httpx.Request) -> Answer:
        request.headers["idempotency-key"] = key
        began = time.monotonic()
        response = self._inner.handle_request(request)
        try:
            body = response.read()
        finally:
            response.close()
        reply = Reply(
            status=response.status_code,
            body=body,
            content_type=response.headers.get("content-type", "application/json"),
            milliseconds=int(response.headers.get(TOOK, round((time.monotonic() - began) * 1000))),
        )
        passed = tuple((name, response.headers[name]) for name in PASSED_ON if name in response.headers)
        return Answer(reply, kept=False, headers=passed)


def keeping(calls: Table) -> Callable[[httpx.BaseTransport], httpx.BaseTransport]:
    """Return a wrapper that keeps calls from inside this process; one that dies with it is asked again."""
    return lambda inner: KeptTransport(calls, inner)


def call_digest(request: httpx.Request) -> str:
    """Return the SHA-256 that names a call: of method, host, path and canonical JSON body; never of headers.

    A server on this machine is the same server whatever port it was given this time.
    """
    body: Any = request.content
    with suppress(ValueError):
        body = canonical_json(json.loads(request.content))
    host = request.url.host if request.url.host in LOOPBACK else request.url.netloc.decode("ascii")
    address = f"{request.method} {host}{request.url.raw_path.decode('ascii')}"
    return digest([address, digest(body)])


def _worth_keeping(reply: Reply) -> bool:
    """Whether this is an API's answer. A page of HTML with a 200 comes from a wrong address, and may be mended."""
    return 200 <= reply.status < 300 and reply.body.lstrip()[:1] in {b"{", b"["}


def _model(request: httpx.Request) -> str:
    with suppress(ValueError, AttributeError):
        return str(json.loads(request.content).get("model", ""))
    return ""


def _response(key: str, answer: Answer) -> httpx.Response:
    headers = {
        "content-type": answer.reply.content_type,
        **dict(answer.headers),
        CALL: key,
        KEPT: "1" if answer.kept else "0",
        TOOK: str(answer.reply.milliseconds),
    }
    return httpx.Response(answer.reply.status, headers=headers, content=answer.reply.body)
