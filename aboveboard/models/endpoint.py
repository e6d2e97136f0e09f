"""Where an OpenAI-compatible model answers, and with what key: one rule for writers and painters."""

import ipaddress
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import httpx

from aboveboard.errors import ModelError
from aboveboard.settings import Settings

OPENAI = "https://api.openai.com/v1"
NO_KEY = "none-needed-here"  # the client library insists on one

Wrap = Callable[[httpx.BaseTransport], httpx.BaseTransport]


def endpoint(model: str, settings: Settings, setting: str, example: str) -> tuple[str, str]:
    """Return the address and key of the endpoint at OPENAI_BASE_URL, OpenAI's own where unset.

    Raises:
        ModelError: No model is named, or a key is missing where the endpoint isn't this machine.
    """
    if not model:
        raise ModelError(
            f"{setting} = 'openai:' names no model. Write openai:<model>, for example openai:{example}."
        )
    address, key = settings.openai_base_url or OPENAI, settings.openai_api_key
    if not key and not _loopback(address):
        raise ModelError(
            f"No key for {address}. Set OPENAI_API_KEY, or point OPENAI_BASE_URL at a server of your own."
        )
    return address, key.get_secret_value() if key else NO_KEY


def _loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
