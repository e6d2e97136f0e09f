"""The composition root: a workspace folder with its settings, policy, channels, models and store put together."""

import getpass
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from aboveboard import __version__
from aboveboard.brief import Brief
from aboveboard.channel import Channel, load_channels
from aboveboard.commission import Painter, Writer
from aboveboard.digests import digest
from aboveboard.errors import ImageError, WorkspaceError
from aboveboard.keeping import keep
from aboveboard.manifest import Contents
from aboveboard.plan import EditorialPlan
from aboveboard.plugins import plugin
from aboveboard.policy import Policy
from aboveboard.record import Recorded
from aboveboard.rulebook import load_policy
from aboveboard.settings import Settings, read_settings
from aboveboard.shelves import texts
from aboveboard.store import Store, open_store

if TYPE_CHECKING:
    from aboveboard.guards.critic import Critic
    from aboveboard.imaging.certificates import Signing

Wrap = Callable[[httpx.BaseTransport], httpx.BaseTransport]
OURS = ".aboveboard"  # the folder of what we keep: database, pictures


class Project:
    """One workspace, opened. Models and store open when first asked for, and close with the project."""

    def __init__(self, root: Path, settings: Settings, actor: str = "") -> None:
        self.root = root
        self.settings = settings
        self.actor = actor or settings.actor or getpass.getuser()
        self.outputs = root / "outputs"
        self.kept = root / OURS

    def __enter__(self) -> "Project":
        return self

    def __exit__(self, *_: object) -> None:
        for name in ("writer", "critic", "painter", "store"):
            opened = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()

    @cached_property
    def policy(self) -> Policy:
        return load_policy(self.root)

    @cached_property
    def policy_digest(self) -> str:
        """The policy's digest; taking it costs 16 ms, and every draft bears it."""
        return self.policy.digest

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        return load_channels(self.root)

    @cached_property
    def store(self) -> Store:
        return open_store(self.database_url)

    @cached_property
    def writer(self) -> Writer:
        provider, model = model_uri(self.settings.text_model, "text_model")
        writer: Writer = plugin("writers", provider)(model, self.settings, self.root, self._keeping(provider))
        return writer

    @cached_property
    def critic(self) -> "Critic | None":
        """The critic, where one is configured."""
        from aboveboard.asking import open_critic

        if not self.settings.critic_model:
            return None
        provider, _ = model_uri(self.settings.critic_model, "critic_model")
        return open_critic(self.settings, self.root, self._keeping(provider))

    @cached_property
    def painter(self) -> Painter | None:
        provider, model = model_uri(self.settings.image_model, "image_model")
        if provider == "card":
            return None
        painter: Painter = plugin("painters", provider)(model, self.settings, self.root, self._keeping(provider))
        return painter

    @cached_property
    def signing(self) -> "Signing":
        """What signs the pictures of a bundle."""
        from aboveboard.imaging.certificates import open_signing

        chosen = self.settings.signing_certificate, self.settings.signing_key
        certificate, key = (str(self.root / Path(name).expanduser()) if name else "" for name in chosen)
        return open_signing(self.kept / "signing", certificate, key)

    @property
    def database_url(self) -> str:
        return self.settings.database_url or f"sqlite:///{self.kept / 'aboveboard.db'}"

    def identity(self, brief: Brief, policy: str = "") -> str:
        """Return the plan's id: the same brief, policy, prompts and models make the same plan.

        `policy`: digest of another policy than the one in force, to know what the id was under it.
        """
        settings = self.settings
        return digest(
            {
                "brief": brief,
                "policy": policy or self.policy_digest,
                "prompts": texts("prompts", self.root),
                "text_model": settings.text_model,
                "image_model": settings.image_model,
                **({"critic_model": settings.critic_model} if settings.critic_model else {}),
                "temperature": settings.temperature,
                "samples": settings.embedded_samples,
                "steps": settings.image_steps,
                **_shaping(settings),
                "version": __version__,
            }
        )

    def contents(self, plan: EditorialPlan, recorded: tuple[Recorded, ...]) -> Contents:
        """Return all that the plan's bundle is made from, as it stands in the store now."""
        return Contents(
            plan=plan,
            recorded=recorded,
            policy=self.policy,
            channels=self.channels,
            ledger=self.store.ledger(plan.id),
            created_at=self.store.find_plan(plan.id).created_at,
            prompts=texts("prompts", self.root),
            versions={"aboveboard": __version__},
        )

    def find_plan(self, wanted: str) -> str:
        """Return the id of a plan by the first letters of it, or of a campaign's newest plan.

        Raises:
            StoreError: There is none.
        """
        newest = self.store.plans(wanted)
        return newest[0].id if newest else self.store.find_plan(wanted).id

    def picture(self, name: str) -> bytes:
        """Return the bytes of a picture by its digest.

        Raises:
            WorkspaceError: The workspace has lost it.
        """
        try:
            return (self.kept / "pictures" / name).read_bytes()
        except OSError:
            raise WorkspaceError(
                f"{self.kept / 'pictures' / name}: the picture is gone. Produce the plan again."
            ) from None

    def keep_picture(self, data: bytes) -> str:
        """Keep a picture under its digest, whole or not at all, and return the digest."""
        name = digest(data)
        place = self.kept / "pictures" / name
        if not place.exists():
            keep(place, data)
        return name

    def seal(self, one: Recorded, data: bytes) -> bytes:
        """Return a draft's picture with its credentials, signed once and kept.

        Raises:
            ImageError: It can't be signed, or is then larger than its channel takes.
            WorkspaceError: There is no certificate to sign with, or it is none.
        """
        from aboveboard.imaging.credentials import signed_once, statement_of

        draft = one.judged.draft
        kind = draft.picture.media_type if draft.picture else ""
        sealed = signed_once(self.kept / "signed", data, kind, statement_of(one), self.signing)
        images = self.channels[draft.slot.channel].images
        if images and len(sealed) > images.most_bytes.value:
            raise ImageError(
                f"{draft.slot.id}: with its credentials the picture has {len(sealed)} bytes, more than "
                f"{draft.slot.channel} takes ({images.most_bytes.value}). Sign with a shorter certificate chain."
            )
        return sealed

    def _keeping(self, provider: str) -> Wrap:
        """Return what keeps each model call so that it is made once: in process where nothing is paid."""
        if provider == "embedded":
            from aboveboard.calls import open_calls
            from aboveboard.models.kept import KeptTransport

            calls = open_calls(self.database_url)
            return lambda inner: KeptTransport(calls, inner)
        from aboveboard.models.courier import carried

        return carried(self.database_url, None)


def _shaping(settings: Settings) -> dict[str, object]:
    """What else shapes a painted picture, where it isn't as it was when nobody could choose it."""
    names = ("image_dtype", "image_guidance", "image_lora", "image_lora_scale", "image_batch")
    return {
        name: value for name in names if (value := getattr(settings, name)) != Settings.model_fields[name].default
    }


def open_project(folder: Path, actor: str = "") -> Project:
    """Return the workspace at `folder`.

    Raises:
        WorkspaceError: It isn't one, or its settings are wrong.
    """
    root = folder.resolve()
    if not (root / "aboveboard.toml").is_file():
        raise WorkspaceError(
            f"{root}: not a workspace (no aboveboard.toml in it). Make one: aboveboard init {folder}"
        )
    return Project(root, read_settings(root), actor)


def model_uri(value: str, setting: str) -> tuple[str, str]:
    """Return provider and model of a setting that names both. Raises WorkspaceError where it doesn't."""
    provider, colon, model = value.partition(":")
    if not colon or not model:
        raise WorkspaceError(f"{setting}: '{value}' wants <provider>:<model>, for example embedded:smollm2.")
    return provider, model
