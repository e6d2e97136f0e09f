"""Captions from any endpoint that speaks OpenAI's chat API, through LangChain. No answer is taken on trust."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import openai
from langchain_core.messages import AIMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import RunnableSequence
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from aboveboard.channel import load_channels
from aboveboard.commission import Commission, Written
from aboveboard.digests import digest
from aboveboard.draft import Usage
from aboveboard.errors import AboveboardError, ModelError
from aboveboard.models.endpoint import Wrap, endpoint
from aboveboard.models.kept import CALL, KEPT, TOOK
from aboveboard.models.reply import MODEL_OUTPUT, Reply, Understood, findings_of, understood
from aboveboard.prompts import prompt_digest, render
from aboveboard.settings import Settings
from aboveboard.writing import assignment_values, voice_values

TEMPLATES = ("system", "caption", "repair")
QUOTED_ANSWER = 4000  # characters of an unusable answer that go back with the complaint
FILTERED = {"content_filter", "content_policy_violation"}


def open_writer(
    model: str, settings: Settings, workspace: Path | None = None, transport: Wrap | None = None
) -> "OpenAIWriter":
    """Return a writer on `model` at OPENAI_BASE_URL (OpenAI's own where unset).

    `transport` wraps the plain HTTP that calls go through, to keep them.

    Raises:
        ModelError: No model is named, or a key is missing where the endpoint isn't this machine.
    """
    address, key = endpoint(model, settings, "text_model", "gpt-5-mini")
    plain = httpx.HTTPTransport(limits=httpx.Limits(max_connections=None, max_keepalive_connections=None))
    http = httpx.Client(transport=transport(plain) if transport else plain, timeout=settings.request_timeout)
    return OpenAIWriter(_chat(model, address, key, settings, http), http, settings, workspace)


@dataclass(frozen=True)
class Heard:
    """One answer: its words, what kept it from being one, and what it cost."""

    words: str
    usage: Usage
    fault: str | None = None


class OpenAIWriter:
    """Writes captions with one model: one call each, and a second one where the first answer wasn't usable."""

    def __init__(self, chat: ChatOpenAI, http: httpx.Client, settings: Settings, workspace: Path | None) -> None:
        self.id = f"openai:{chat.model_name}"
        self._model = chat.model_name
        self._address = str(chat.openai_api_base)
        # A schema, for given a class the SDK raises on just the answers we want to look at; and only the first
        # half, the model that is held to it, for the parser behind it would start three threads a call.
        structured = chat.with_structured_output(Reply.model_json_schema(), method="json_schema", strict=True)
        self._structured = cast(RunnableSequence[Any, Any], structured).first
        self._http = http
        self._settings = settings
        self._workspace = workspace
        self._channels = load_channels(workspace)
        self._prompt = prompt_digest(TEMPLATES, workspace)

    def write(self, commission: Commission) -> Written:
        """Return the caption; where the second answer had faults too, with findings that say which.

        Raises:
            ModelError: The endpoint can't be reached, or refuses the key, the model or the request.
        """
        problems = [
            {"rule": f.rule, "quote": f.quote, "message": f.message, "fix": f.fix} for f in commission.critique
        ]
        first, worth = self._ask(commission, commission.previous, problems)
        heard = [first]
        if worth.faults:
            problems += [{"rule": MODEL_OUTPUT, "message": fault} for fault in worth.faults]
            second, mended = self._ask(commission, first.words[:QUOTED_ANSWER] or commission.previous, problems)
            heard.append(second)
            worth = mended.model_copy(update={"caption": mended.caption or worth.caption})
        usage = tuple(one.usage for one in heard)
        return Written(caption=worth.caption, findings=findings_of(worth), usage=usage, prompt=self._prompt)

    def close(self) -> None:
        self._http.close()

    def _ask(
        self, commission: Commission, previous: str | None, problems: list[dict[str, str]]
    ) -> tuple[Heard, Understood]:
        heard = self._hear(self._messages(commission, previous, problems))
        if heard.fault:
            return heard, Understood(faults=(heard.fault,))
        return heard, understood(heard.words, commission, self._channels[commission.slot.channel])

    def _messages(
        self, commission: Commission, previous: str | None, problems: list[dict[str, str]]
    ) -> list[tuple[str, str]]:
        asked = render("caption", self._workspace, **assignment_values(commission))
        if problems:
            asked += "\n" + render("repair", self._workspace, previous=previous, problems=problems)
        return [("system", render("system", self._workspace, **voice_values(commission.brief))), ("human", asked)]

    def _hear(self, messages: list[tuple[str, str]]) -> Heard:
        began = time.monotonic()
        raw, headers, fault = self._call(messages)
        tokens = raw.usage_metadata if raw else None
        taken, given = (tokens["input_tokens"], tokens["output_tokens"]) if tokens else (0, 0)
        usage = Usage(
            call=headers.get(CALL) or digest([self._model, messages]),
            model=self._model,
            input_tokens=taken,
            output_tokens=given,
            money=_money(taken, given, self._settings),
            milliseconds=int(headers.get(TOOK) or (time.monotonic() - began) * 1000),
            kept=headers.get(KEPT) == "1",
        )
        return Heard(words=raw.text if raw else "", usage=usage, fault=fault)

    def _call(self, messages: list[tuple[str, str]]) -> tuple[AIMessage | None, Mapping[str, str], str | None]:
        """Return the raw message, the response's headers, and why there is no message or none to use."""
        try:
            raw: AIMessage = self._structured.invoke(messages)
        except (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError) as error:
            return _unfinished(error)
        except openai.BadRequestError as error:
            if error.code not in FILTERED:
                raise _trouble(error, self._address, self._model) from error
            return None, error.response.headers, "The provider's content filter refused the request."
        except openai.APIError as error:
            raise _trouble(error, self._address, self._model) from error
        except (ValueError, TypeError, LookupError, AttributeError) as error:  # the SDK trusts its shape
            return None, {}, f"The endpoint's answer isn't a chat completion ({type(error).__name__})."
        refusal = raw.additional_kwargs.get("refusal")
        return raw, raw.response_metadata.get("headers", {}), f"The model refused: {refusal}" if refusal else None


def _chat(model: str, address: str, key: str, settings: Settings, http: httpx.Client) -> ChatOpenAI:
    limiter = InMemoryRateLimiter(
        requests_per_second=settings.requests_per_second,
        check_every_n_seconds=0.01,
        max_bucket_size=max(1, settings.requests_per_second / 2),
    )
    return ChatOpenAI(
        model=model,
        base_url=address,
        api_key=SecretStr(key),
        temperature=settings.temperature,
        timeout=settings.request_timeout,
        max_retries=settings.max_retries,
        rate_limiter=limiter,
        http_client=http,
        include_response_headers=True,
        use_responses_api=False,
        stream_usage=False,
    )


def _unfinished(
    error: openai.LengthFinishReasonError | openai.ContentFilterFinishReasonError,
) -> tuple[AIMessage | None, Mapping[str, str], str]:
    response = getattr(error, "response", None)  # LangChain hangs it there
    headers = response.headers if response is not None else {}
    if isinstance(error, openai.ContentFilterFinishReasonError):
        return None, headers, "The provider's content filter cut the answer off."
    spent = error.completion.usage
    tokens = UsageMetadata(
        input_tokens=spent.prompt_tokens if spent else 0,
        output_tokens=spent.completion_tokens if spent else 0,
        total_tokens=spent.total_tokens if spent else 0,
    )
    return AIMessage("", usage_metadata=tokens), headers, "The answer was cut off: it was far too long."


def _trouble(error: openai.APIError, address: str, model: str) -> AboveboardError:
    """Return the error to show for what neither another wording nor another try would mend."""
    root = _root(error)
    if isinstance(root, AboveboardError):
        return root
    match error:
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return ModelError(f"{address} refuses the key. Check OPENAI_API_KEY and what it may use.")
        case openai.NotFoundError():
            return ModelError(f"{address} has no model '{model}' here. Check text_model and OPENAI_BASE_URL.")
        case openai.RateLimitError():
            return ModelError(
                f"{address} keeps refusing for its rate or quota. Lower requests_per_second, or wait."
            )
        case openai.APITimeoutError():
            return ModelError(f"{address} doesn't answer in time. Raise request_timeout, or try again later.")
        case openai.APIConnectionError():
            return ModelError(
                f"{address} can't be reached ({root}). Check OPENAI_BASE_URL and the network, then run again."
            )
    said = " ".join(error.message.split())[:200]
    return ModelError(
        f"{address} refuses the request for '{model}': {said}. Correct the settings, then run again."
    )


def _root(error: BaseException) -> BaseException:
    """Return what it began with: the SDK wraps what a transport raises, and LangChain wraps that again."""
    while error.__cause__ is not None and not isinstance(error, AboveboardError | httpx.HTTPError):
        error = error.__cause__
    return error


def _money(taken: int, given: int, settings: Settings) -> float | None:
    if settings.price_input is None or settings.price_output is None:
        return None
    return (taken * settings.price_input + given * settings.price_output) / 1_000_000
