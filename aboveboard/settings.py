"""What the environment and `aboveboard.toml` decide. Secrets come from the environment alone."""

import os
import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from aboveboard.errors import WorkspaceError

PREFIX = "ABOVEBOARD_"
SECRETS = {"openai_api_key", "oidc_client_secret", "notify", "escalate"}
_PASSWORD = re.compile(r"://[^/@]*:[^/@]+@")
_SECRET = re.compile(r"key|token|secret|passw", re.IGNORECASE)


class Settings(BaseSettings):
    """One setting a line: `ABOVEBOARD_<NAME>` in the environment, `<name> = …` in aboveboard.toml."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, populate_by_name=True)

    text_model: str = "embedded:smollm2"  # or "openai:<model>": any OpenAI-compatible endpoint
    critic_model: str = ""  # "openai:<model>" reads what words alone can't show; empty: no critic
    image_model: str = "card:plain"  # or "embedded:backdrop", "diffusers:<id or folder>", "openai:<model>"
    database_url: str = ""  # empty: SQLite in the workspace
    concurrency: Annotated[int, Field(ge=1, le=256)] = 16  # model calls in flight at once
    requests_per_second: Annotated[float, Field(gt=0)] = 50.0
    request_timeout: Annotated[float, Field(gt=0)] = 60.0  # seconds
    max_retries: Annotated[int, Field(ge=0, le=10)] = 4  # on transient errors only
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.8
    embedded_threads: Annotated[int, Field(ge=1)] = 1  # more is slower on a busy machine
    embedded_samples: Annotated[int, Field(ge=1, le=16)] = 2  # wordings the embedded model ranks
    image_steps: Annotated[int, Field(ge=1, le=200)] = 20
    image_device: str = "cpu"
    signing_certificate: str = ""  # a PEM chain, leaf first; empty: one made here, for development
    signing_key: str = ""  # the PEM file of its key
    image_dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"  # auto: float32 on a CPU, else float16
    image_guidance: Annotated[float, Field(ge=0, le=50)] | None = None  # none: what the pipeline's authors chose
    image_lora: str = ""  # a LoRA's file or folder, in the workspace or anywhere
    image_lora_scale: Annotated[float, Field(ge=0, le=4)] = 1.0
    image_offload: Literal["none", "model", "sequential"] = "none"  # what waits in memory while a GPU works
    # Painted at once: more pays on a GPU, and the last digits vary.
    image_batch: Annotated[int, Field(ge=1, le=64)] = 1
    image_threads: Annotated[int, Field(ge=1, le=256)] = 4  # of a CPU, at most
    price_input: float | None = None  # money per million input tokens, in `currency`
    price_output: float | None = None  # money per million output tokens
    currency: str = "USD"
    desk_url: str = (
        ""  # where people reach the desk, for example https://desk.example.org; empty: this machine alone
    )
    review_lead_hours: Annotated[int, Field(ge=0, le=720)] = 24  # a draft is to be decided so long before its time
    remind_before_hours: Annotated[int, Field(ge=0, le=720)] = 12  # reviewers are reminded so long before that
    webhooks_private: bool = False  # whether webhooks may lead to this machine or into a private network
    # Whom to remind, and whom to tell after a deadline (empty: the same): addresses as Apprise reads them.
    notify: Annotated[SecretStr | None, Field(alias="ABOVEBOARD_NOTIFY")] = None
    escalate: Annotated[SecretStr | None, Field(alias="ABOVEBOARD_ESCALATE")] = None
    oidc_issuer: str = ""  # an OpenID Connect provider to sign in with; its client secret is OIDC_CLIENT_SECRET
    oidc_client_id: str = ""
    oidc_name: str = ""  # what its button says
    actor: str = ""  # who triggers and decides; empty: the operating system's user name
    openai_api_key: Annotated[SecretStr | None, Field(alias="OPENAI_API_KEY")] = None
    oidc_client_secret: Annotated[SecretStr | None, Field(alias="OIDC_CLIENT_SECRET")] = None
    openai_base_url: Annotated[str | None, Field(alias="OPENAI_BASE_URL")] = None


def read_settings(workspace: Path) -> Settings:
    """Return the workspace's settings: the environment first, then `aboveboard.toml`, then the defaults.

    Raises:
        WorkspaceError: The file isn't TOML, has an unknown key, a value out of range, or holds a secret.
    """
    path = workspace / "aboveboard.toml"
    chosen = _from_file(path) if path.is_file() else {}
    set_outside = {name.upper() for name in os.environ}
    chosen = {name: value for name, value in chosen.items() if PREFIX + name.upper() not in set_outside}
    try:
        return Settings(**chosen)
    except ValidationError as error:
        problems = [_plainly(path, problem["loc"], problem["msg"]) for problem in error.errors()]
        raise WorkspaceError(problems) from None


def _from_file(path: Path) -> dict[str, Any]:
    try:
        chosen = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise WorkspaceError(f"{path}: this is not valid TOML ({error}). Mend the line it names.") from None
    problems = [problem for name, value in chosen.items() if (problem := _wrong(path, name, value))]
    if problems:
        raise WorkspaceError(problems)
    return chosen


def _wrong(path: Path, name: str, value: Any) -> str | None:
    known = name in Settings.model_fields
    if name in SECRETS or (_SECRET.search(name) and not known):
        return (
            f"{path}: '{name}' is a secret and may not stand in a file. Set {_outside(name)} in the environment."
        )
    if name == "database_url" and _PASSWORD.search(str(value)):
        return f"{path}: database_url holds a password. Set {PREFIX}DATABASE_URL in the environment instead."
    return None if known else _unknown(path, name)


def _outside(name: str) -> str:
    """Return what a secret is called in the environment."""
    field = Settings.model_fields.get(name)
    return (field.alias if field else None) or name.upper()


def _unknown(path: Path, name: str) -> str:
    near = get_close_matches(name, Settings.model_fields, n=1)
    return f"{path}: there is no setting '{name}'." + (f" Did you mean '{near[0]}'?" if near else " Remove it.")


def _plainly(path: Path, location: tuple[int | str, ...], message: str) -> str:
    name = ".".join(str(part) for part in location)
    return f"{name}: {message}. Set it in {path} or as {PREFIX}{name.upper()}."
