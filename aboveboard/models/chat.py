"""Chat through any endpoint that speaks OpenAI's API, through LangChain: a question, an answer in a given form."""

import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import httpx
import openai
from langchain_core.messages import AIMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import Runnable, RunnableSequence
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr

from aboveboard.commission import Heard, Message
from aboveboard.digests import digest
from aboveboard.draft import Usage
from aboveboard.errors import AboveboardError, ModelError
from aboveboard.models.endpoint import Wrap, endpoint
from aboveboard.models.kept import CALL, KEPT, TOOK
from aboveboard.settings import Settings

FILTERED = {"content_filter", "content_policy_violation"}


def open_chat(
    model: str,
    settings: Settings,
    workspace: Path | None = None,
    transport: Wrap | None = None,
    setting: str = "critic_model",
    temperature: float = 0.0,
) -> "OpenAIChat":
    """Return a chat with `model` at OPENAI_BASE_URL (OpenAI's own where unset).

    `transport` wraps the plain HTTP that calls go through, to keep them; `setting` is what names the model.

    Raises:
        ModelError: No model is named, or a key is missing where the endpoint isn't this machine.
    """
    address, key = endpoint(model, settings, setting, "gpt-5-mini")
    plain = httpx.HTTPTransport(limits=httpx.Limits(max_connections=None, max_keepalive_connections=None))
    http = httpx.Client(transport=transport(plain) if transport else plain, timeout=settings.request_timeout)
    return OpenAIChat(_client(model, address, key, settings, http, temperature), http, settings, setting)


class OpenAIChat:
    """Asks one model, and says what came of it, what kept it from being an answer, and what it cost."""

    def __init__(self, client: ChatOpenAI, http: httpx.Client, settings: Settings, setting: str) -> None:
        self.id = f"openai:{client.model_name}"
        self._model = client.model_name
        self._address = str(client.openai_api_base)
        self._http = http
        self._settings = settings
        self._setting = setting

        @cache
        def held_to(form: type[BaseModel]) -> Runnable[Any, Any]:
            # A schema, for given a class the SDK raises on just the answers we want to look at; and only the first
            # half, the model that is held to it, for the parser behind it would start three threads a call.
            structured = client.with_structured_output(form.model_json_schema(), method="json_schema", strict=True)
            return cast(RunnableSequence[Any, Any], structured).first

        self._held_to = held_to

    def ask(self, messages: Sequence[Message], form: type[BaseModel]) -> Heard:
        """Return what the model answers to `messages`, asked to fill in `form`; its words are not read here.

        Raises:
            ModelError: The endpoint can't be reached, or refuses the key, the model or the request.
        """
        began = time.monotonic()
        raw, headers, fault = self._call(messages, form)
        tokens = raw.usage_metadata if raw else None
        taken, given = (tokens["input_tokens"], tokens["output_tokens"]) if tokens else (0, 0)
        usage = Usage(
            call=headers.get(CALL) or digest([self._model, list(messages)]),
            model=self._model,
            input_tokens=taken,
            output_tokens=given,
            money=_money(taken, given, self._settings),
            milliseconds=int(headers.get(TOOK) or (time.monotonic() - began) * 1000),
            kept=headers.get(KEPT) == "1",
        )
        return Heard(words=raw.text if raw else "", usage=usage, fault=fault)

    def close(self) -> None:
        self._http.close()

    def _call(
        self, messages: Sequence[Message], form: type[BaseModel]
    ) -> tuple[AIMessage | None, Mapping[str, str], str | None]:
        """Return the raw message, the response's headers, and why there is no message or none to use."""
        try:
            raw: AIMessage = self._held_to(form).invoke(list(messages))
        except (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError) as error:
            return _unfinished(error)
        except openai.BadRequestError as error:
            if error.code not in FILTERED:
                raise _trouble(error, self._address, self._model, self._setting) from error
            return None, error.response.headers, "The provider's content filter refused the request."
        except openai.APIError as error:
            raise _trouble(error, self._address, self._model, self._setting) from error
        except (ValueError, TypeError, LookupError, AttributeError) as error:  # the SDK trusts its shape
            return None, {}, f"The endpoint's answer isn't a chat completion ({type(error).__name__})."
        refusal = raw.additional_kwargs.get("refusal")
        return raw, raw.response_metadata.get("headers", {}), f"The model refused: {refusal}" if refusal else None


def _client(
    model: str, address: str, key: str, settings: Settings, http: httpx.Client, temperature: float
) -> ChatOpenAI:
    limiter = InMemoryRateLimiter(
        requests_per_second=settings.requests_per_second,
        check_every_n_seconds=0.01,
        max_bucket_size=max(1, settings.requests_per_second / 2),
    )
    return ChatOpenAI(
        model=model,
        base_url=address,
        api_key=SecretStr(key),
        temperature=temperature,
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


def _trouble(error: openai.APIError, address: str, model: str, setting: str) -> AboveboardError:
    """Return the error to show for what neither another wording nor another try would mend."""
    root = _root(error)
    if isinstance(root, AboveboardError):
        return root
    match error:
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return ModelError(f"{address} refuses the key. Check OPENAI_API_KEY and what it may use.")
        case openai.NotFoundError():
            return ModelError(f"{address} has no model '{model}' here. Check {setting} and OPENAI_BASE_URL.")
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
