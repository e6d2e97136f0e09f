"""A FAKE of OpenAI's API for tests and benchmarks: true to its wire format, on loopback only, no model behind it.

It writes captions from the facts in the prompt it gets, the same for the same request, and paints gradients. Asked
as a critic, it finds nothing, or answers what it was told to.
`python -m bench.fake_openai_server --port 0 --latency-ms 400 --log requests.jsonl` prints its base URL.
"""

import argparse
import asyncio
import base64
import io
import json
import re
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn import Config, Server

from aboveboard.digests import canonical_json, digest

OPENINGS = {
    "en": ("", "Plainly put: ", "One detail we like: ", "From our notes: ", "For the record: ", "Worth a line: "),
    "de": ("", "Kurz gesagt: ", "Ein Detail, das wir mögen: ", "Aus unseren Notizen: ", "Zum Merken: "),
    "es": ("", "Dicho en pocas palabras: ", "Un detalle que nos gusta: ", "De nuestras notas: ", "Para apuntar: "),
}
CLOSINGS = {
    "en": ("", "Details: {destination}.", "It is all on {destination}.", "Read on at {destination}."),
    "de": ("", "Mehr dazu: {destination}.", "Nachzulesen: {destination}.", "Einzelheiten: {destination}."),
    "es": (
        "",
        "Más información: {destination}.",
        "Los detalles: {destination}.",
        "Para leerlo todo: {destination}.",
    ),
}
ERRORS = {
    401: ("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
    404: ("The model does not exist or you do not have access to it.", "invalid_request_error", "model_not_found"),
    429: ("Rate limit reached for requests.", "requests", "rate_limit_exceeded"),
    500: ("The server had an error while processing your request.", "server_error", None),
}


@dataclass
class FakeServer:
    """What the fake is told to do, and what it has seen."""

    latency: float = 0.0  # seconds before each answer
    fail_first: int = 0  # this many requests get `fail_with`
    fail_with: int = 429
    garble_first: int = 0  # this many chat requests get a content that isn't the JSON asked for
    says: tuple[str, ...] = ()  # contents to answer chats with, one after the other, the last again and again
    key: str | None = None  # where set, every other key gets a 401
    log: Path | None = None  # one line a request received
    seen: int = field(default=0, init=False)
    chats: int = field(default=0, init=False)
    bodies: list[dict[str, Any]] = field(default_factory=list, init=False)  # of the chats, as received

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
                Route("/v1/images/generations", self.images, methods=["POST"]),
                Route("/v1/models", self.models),
            ]
        )

    async def models(self, request: Request) -> Response:
        models = [{"id": "fake-writer", "object": "model", "created": 0, "owned_by": "fake"}]
        return JSONResponse({"object": "list", "data": models})

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        if refused := await self._receive(request, body):
            return refused
        self.chats += 1
        self.bodies.append(body)
        content = self._content(body["messages"])
        return JSONResponse(_completion(body, content), headers={"x-request-id": f"req_fake_{digest(body)[:12]}"})

    def _content(self, messages: list[dict[str, Any]]) -> str:
        if self.chats <= self.garble_first:
            return "Sure! Here is"
        if self.says:
            return self.says[min(self.chats, len(self.says)) - 1]
        criticises = any("<data-" in str(message["content"]) for message in messages)
        return json.dumps({"findings": []} if criticises else fake_reply(messages))

    async def images(self, request: Request) -> Response:
        body = await request.json()
        if refused := await self._receive(request, body):
            return refused
        picture = base64.b64encode(fake_picture(body.get("prompt", ""), body.get("size", "1024x1024")))
        usage = {"input_tokens": 20, "output_tokens": 272, "total_tokens": 292}
        return JSONResponse({"created": 0, "data": [{"b64_json": picture.decode("ascii")}], "usage": usage})

    async def _receive(self, request: Request, body: dict[str, Any]) -> Response | None:
        self.seen += 1
        status = 200
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            status = 401
        elif self.seen <= self.fail_first:
            status = self.fail_with
        self._note(request.url.path, body, status)
        if status != 200:
            return _error(status)
        await asyncio.sleep(self.latency)
        return None

    def _note(self, path: str, body: dict[str, Any], status: int) -> None:
        if self.log:
            line = {"at": time.time(), "path": path, "digest": digest(canonical_json(body)), "status": status}
            with self.log.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")


def fake_reply(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a caption made of the facts in the prompt, distinct for each; after critique, the plainest."""
    prompt = next(str(m["content"]) for m in messages if m["role"] == "user")
    criticised = any("<problem>" in str(m["content"]) for m in messages)
    language = _one(prompt, "language", "en")
    facts = _all(prompt, "fact")
    chance = int(digest(messages)[:8], 16)
    lead, second = facts[0], facts[chance // 7 % len(facts)]
    opening = OPENINGS.get(language, ("",))
    closing = CLOSINGS.get(language, ("",))
    parts = [
        opening[0 if criticised else chance % len(opening)] + lead["statement"],
        second["statement"] if second != lead and not criticised else "",
        closing[chance // 11 % len(closing)].format(destination=_one(prompt, "destination", "")),
    ]
    text, kept = _fitted(parts, int(_one(prompt, "limit", 280)))
    used = [lead["id"]] + ([second["id"]] if parts[1] and kept > 1 else [])
    headline = str(_one(prompt, "campaign", "News"))
    tags = _one(prompt, "hashtags", [])[: int(_one(prompt, "hashtags-at-most", 2))]
    return {"caption": text, "headline": headline, "hashtags": tags, "alt_text": f"{headline}.", "facts": used}


def fake_picture(prompt: str, size: str) -> bytes:
    """Return a PNG of `size` ("1024x1024"), a gradient whose colour follows from the prompt."""
    from PIL import Image

    width, height = (int(side) for side in size.split("x")) if "x" in size else (1024, 1024)
    tint = tuple(bytes.fromhex(digest(prompt)[:6]))
    gradient = Image.linear_gradient("L").resize((width, height))
    picture = Image.composite(
        Image.new("RGB", (width, height), "#f4f1ea"), Image.new("RGB", gradient.size, tint), gradient
    )
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _fitted(parts: list[str], limit: int) -> tuple[str, int]:
    """Return as many parts as fit; a UTF-8 byte count is never below what a channel counts."""
    kept = 1
    while kept < len(parts) and len(" ".join(filter(None, parts[: kept + 1])).encode()) <= limit:
        kept += 1
    return " ".join(filter(None, parts[:kept])), kept


def _all(prompt: str, tag: str) -> list[Any]:
    return [json.loads(found) for found in re.findall(f"<{tag}>(.*?)</{tag}>", prompt)]


def _one(prompt: str, tag: str, default: Any) -> Any:
    return next(iter(_all(prompt, tag)), default)


def _completion(body: dict[str, Any], content: str) -> dict[str, Any]:
    asked = sum(len(str(message["content"])) for message in body["messages"]) // 4
    told = max(1, len(content) // 4)
    message = {"role": "assistant", "content": content, "refusal": None}
    return {
        "id": f"chatcmpl-fake-{digest(body)[:20]}",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told},
        "system_fingerprint": "fp_fake",
    }


def _error(status: int) -> Response:
    message, kind, code = ERRORS[status]
    headers = {"retry-after-ms": "50", "retry-after": "1"} if status == 429 else {}
    error = {"message": message, "type": kind, "param": None, "code": code}
    return JSONResponse({"error": error}, status_code=status, headers=headers)


def main() -> None:
    """Serve on loopback until stopped."""
    asks = argparse.ArgumentParser(description=__doc__)
    asks.add_argument("--port", type=int, default=0)
    asks.add_argument("--latency-ms", type=float, default=0)
    asks.add_argument("--fail-first", type=int, default=0, metavar="N")
    asks.add_argument("--fail-with", type=int, default=429, choices=sorted(ERRORS))
    asks.add_argument("--garble-first", type=int, default=0, metavar="N")
    asks.add_argument("--key", help="the only key let in; without it, any")
    asks.add_argument("--log", type=Path)
    told = vars(asks.parse_args())
    port, latency = told.pop("port"), told.pop("latency_ms") / 1000
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for an ACK
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", flush=True)
    app = FakeServer(latency=latency, **told).app()
    Server(Config(app, log_config=None, access_log=False, lifespan="off")).run(sockets=[listener])


if __name__ == "__main__":
    main()
