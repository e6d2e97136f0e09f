"""Chat models opened as the settings say: the critic, and rewording. Each call is kept and paid for once."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from aboveboard.commission import Chat
from aboveboard.guards.critic import ChatCritic, Critic
from aboveboard.plugins import plugin
from aboveboard.settings import Settings, read_settings

Wrap = Callable[[httpx.BaseTransport], httpx.BaseTransport]


def open_critic(settings: Settings, workspace: Path | None = None, transport: Wrap | None = None) -> Critic | None:
    """Return the critic that `critic_model` names, or None where it names none: then nothing is ever called.

    `transport` keeps the calls; without it they are kept in `settings.database_url`, else in the user's cache.

    Raises:
        WorkspaceError: The setting isn't `<provider>:<model>`, or there is no such provider.
        ModelError: The provider lacks a key or a model.
    """
    if not settings.critic_model:
        return None
    return ChatCritic(open_chat(settings.critic_model, "critic_model", settings, workspace, transport), workspace)


@contextmanager
def lent_critic(folder: Path, workspace: Path | None = None) -> Iterator[Critic | None]:
    """Lend the critic that the settings in `folder` name, if they name one. Raises as `open_critic` does."""
    critic = open_critic(read_settings(folder), workspace)
    try:
        yield critic
    finally:
        if critic:
            critic.close()


def open_chat(
    uri: str, setting: str, settings: Settings, workspace: Path | None = None, transport: Wrap | None = None
) -> Chat:
    """Return the chat model at `uri`, which `setting` gave. Raises as `open_critic` does."""
    from aboveboard.project import model_uri

    provider, model = model_uri(uri, setting)
    chat: Chat = plugin("chats", provider)(model, settings, workspace, transport or _keeping(settings), setting)
    return chat


def _keeping(settings: Settings) -> Wrap:
    from aboveboard.models.courier import carried

    return carried(settings.database_url or f"sqlite:///{_cache() / 'calls.db'}")


def _cache() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "aboveboard"
