"""What the environment and `aboveboard.toml` decide. Secrets come from the environment alone."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Settings(BaseSettings):
    """One setting a line: `ABOVEBOARD_<NAME>` in the environment, `<name> = …` in aboveboard.toml."""

    model_config = SettingsConfigDict(env_prefix="ABOVEBOARD_", extra="forbid", frozen=True, populate_by_name=True)

    text_model: str = "embedded:smollm2"  # or "openai:<model>": any OpenAI-compatible endpoint
    image_model: str = "card:plain"  # or "diffusers:<id or folder>", "openai:<model>"
    database_url: str = ""  # empty: SQLite in the workspace
    concurrency: Annotated[int, Field(ge=1, le=256)] = 16  # model calls in flight at once
    requests_per_second: Annotated[float, Field(gt=0)] = 50.0
    request_timeout: Annotated[float, Field(gt=0)] = 60.0  # seconds
    max_retries: Annotated[int, Field(ge=0, le=10)] = 4  # on transient errors only
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.8
    embedded_threads: Annotated[int, Field(ge=1)] = 1  # more is slower on a busy machine
    embedded_samples: Annotated[int, Field(ge=1, le=16)] = 4  # wordings the embedded model ranks
    image_steps: Annotated[int, Field(ge=1, le=200)] = 20
    image_device: str = "cpu"
    price_input: float | None = None  # money per million input tokens, in `currency`
    price_output: float | None = None  # money per million output tokens
    currency: str = "USD"
    actor: str = ""  # who triggers and decides; empty: the operating system's user name
    openai_api_key: Annotated[SecretStr | None, Field(alias="OPENAI_API_KEY")] = None
    openai_base_url: Annotated[str | None, Field(alias="OPENAI_BASE_URL")] = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, _toml_file)
        return init_settings, env_settings, toml


_toml_file: Path | None = None
