"""What `aboveboard doctor` looks at: what is installed, set and reachable, and how to mend what isn't."""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from aboveboard.errors import AboveboardError, WorkspaceError


class Examined(BaseModel):
    """One thing looked at: good, missing (it must be mended), or optional and absent."""

    model_config = ConfigDict(frozen=True)

    name: str
    state: Literal["good", "missing", "optional"]
    says: str
    mend: str = ""


def examine(workspace: Path) -> list[Examined]:
    """Return everything looked at, in the order a run would need it."""
    here = _tried("workspace", lambda: _workspace(workspace), f"aboveboard init {workspace}")
    policy = _tried(
        "policy", lambda: _policy(workspace), "Mend the file it names, or remove it for the shipped one."
    )
    reads = _tried("classifier", _classifier, "pip install onnxruntime tokenizers numpy, or reinstall aboveboard.")
    return [_python(), here, policy, reads, *(_inside(workspace) if here.state == "good" else ()), *_optional()]


def _inside(workspace: Path) -> Iterator[Examined]:
    """Look at what only a workspace has."""
    yield _tried("channels", lambda: _channels(workspace), "Mend the file it names, or remove it.")
    text = "Set ABOVEBOARD_TEXT_MODEL, or install what it names."
    yield _tried("text model", lambda: _text_model(workspace), text)
    pictures = "Set ABOVEBOARD_IMAGE_MODEL, or install what it names: pip install 'aboveboard[images]'"
    yield _tried("pictures", lambda: _image_model(workspace), pictures)
    certificate = "Set ABOVEBOARD_SIGNING_CERTIFICATE and ABOVEBOARD_SIGNING_KEY to PEM files, or neither."
    yield _tried("credentials", lambda: _credentials(workspace), certificate)
    database = "Set ABOVEBOARD_DATABASE_URL to a database you may write."
    yield _tried("database", lambda: _database(workspace), database)
    yield _tried("outputs", lambda: _outputs(workspace), "Free the folder, or make it writable.")


def _python() -> Examined:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] < (3, 14)
    mend = "" if fits else "Install Python 3.11, 3.12 or 3.13."
    return Examined(name="Python", state="good" if fits else "missing", says=version, mend=mend)


def _tried(name: str, look: Callable[[], str], mend: str) -> Examined:
    try:
        return Examined(name=name, state="good", says=look())
    except (AboveboardError, ImportError, ValueError) as error:
        return Examined(name=name, state="missing", says=str(error), mend=mend)


def _workspace(workspace: Path) -> str:
    from aboveboard.project import open_project

    return str(open_project(workspace).root)


def _policy(workspace: Path) -> str:
    from aboveboard.rulebook import load_policy
    from aboveboard.workspace import own_rules

    policy = load_policy(own_rules(workspace))
    return f"{len(policy.rules)} rules, {len(policy.laws)} laws, digest {policy.digest[:12]}"


def _classifier() -> str:
    from aboveboard.guards.classifier import examined as looked_at

    return looked_at() or "no weights in this package: the rules alone judge"


def _text_model(workspace: Path) -> str:
    from aboveboard.project import open_project

    with open_project(workspace) as project:
        return f"{project.writer.id} is ready"


def _image_model(workspace: Path) -> str:
    from aboveboard.project import open_project

    with open_project(workspace) as project:
        painter = project.painter
        return f"{painter.id} is ready" if painter else "cards with type on colour"


def _credentials(workspace: Path) -> str:
    from aboveboard.project import open_project

    with open_project(workspace) as project:
        told = f"pictures are signed by '{project.signing.name}' ({project.signing.algorithm})"
        return told + (": set your own before you publish" if project.signing.for_development else "")


def _channels(workspace: Path) -> str:
    from aboveboard.channel import load_channels

    return ", ".join(sorted(load_channels(workspace)))


def _outputs(workspace: Path) -> str:
    folder = workspace / "outputs"
    nearest = folder if folder.exists() else workspace
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise WorkspaceError(f"{nearest} can't be written to.")
    return f"{folder} can be written"


def _database(workspace: Path) -> str:
    from aboveboard.project import open_project

    with open_project(workspace) as project:
        plans = len(project.store.plans())
        return f"{project.database_url.partition(':')[0]} opens, {plans} plans in it"


def _optional() -> Iterator[Examined]:
    torch, diffusers = (importlib.util.find_spec(name) is not None for name in ("torch", "diffusers"))
    yield _absent_or(
        "painted backdrops",
        torch and diffusers,
        "torch and diffusers are installed",
        "pip install 'aboveboard[images]'",
    )
    key = bool(os.environ.get("OPENAI_API_KEY"))
    yield _absent_or("OpenAI key", key, "set in the environment", "export OPENAI_API_KEY=… to use openai: models")
    server = os.environ.get("PREFECT_API_URL", "")
    yield _absent_or("Prefect server", bool(server), server, "export PREFECT_API_URL=… to see runs in Prefect")


def _absent_or(name: str, there: bool, says: str, mend: str) -> Examined:
    if there:
        return Examined(name=name, state="good", says=says)
    return Examined(name=name, state="optional", says="not there, and not needed", mend=mend)
