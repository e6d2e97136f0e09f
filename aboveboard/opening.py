"""Open a bundle that nobody vouches for: its files without following a link, its documents within bounds."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from aboveboard.brief import Brief
from aboveboard.channel import Channel
from aboveboard.errors import BundleError
from aboveboard.ledger import Slice, from_jsonl
from aboveboard.manifest import FORMAT, Manifest
from aboveboard.policy import Policy
from aboveboard.record import Recorded

LARGEST = 64_000_000  # bytes of a file: no picture or document we write comes near
MOST = 20_000  # files
_LINE = re.compile(r"([0-9a-f]{64})  ([^\n\x00]+)")


class Folder(BaseModel):
    """The regular files under `root` by their path inside it, and what else lies about there."""

    model_config = ConfigDict(frozen=True)

    root: Path
    files: Mapping[str, Path]
    problems: tuple[str, ...] = ()

    def read(self, name: str) -> bytes:
        """Return the bytes of a file found inside. Raises BundleError where there is none, or it is too large."""
        path = self.files.get(name)
        if path is None:
            raise BundleError(f"{name}: missing from the bundle. Ask for the bundle again.")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise BundleError(f"{name}: larger than {LARGEST // 1_000_000} MB, which no file of a bundle is.")
        return data

    def digest(self, name: str) -> str | None:
        """Return the SHA-256 of a file found inside, read piece by piece; None where it is too large."""
        path = self.files[name]
        if path.stat().st_size > LARGEST:
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


class Opened(BaseModel):
    """A bundle's documents, read but not believed."""

    model_config = ConfigDict(frozen=True)

    folder: Folder
    manifest: Manifest
    brief: Brief
    policy: Policy
    channels: Mapping[str, Channel]
    recorded: tuple[Recorded, ...]
    ledger: Slice
    versions: Mapping[str, str]


def open_folder(root: Path) -> Folder:
    """Return what lies under `root`. No link is followed, nothing but regular files is ever opened.

    Raises:
        BundleError: There is no folder, or it holds more than any bundle does.
    """
    if not root.is_dir():
        raise BundleError(f"{root}: no such folder. Give a bundle's folder, under outputs/.")
    files: dict[str, Path] = {}
    problems = []
    for path in _walk(root.resolve()):
        name = path.relative_to(root.resolve()).as_posix()
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            files[name] = path
        elif not stat.S_ISDIR(mode):
            problems.append(f"{name}: {'a link' if stat.S_ISLNK(mode) else 'a device or pipe'}, not a file")
        if len(files) + len(problems) > MOST:
            raise BundleError(f"{root}: more than {MOST:,} files, so it isn't a bundle. Give another folder.")
    return Folder(root=root, files=files, problems=tuple(sorted(problems)))


def _walk(root: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(root, followlinks=False):
        for name in sorted([*folders, *files]):
            yield Path(place) / name


def listed(text: str) -> tuple[dict[str, str], list[str]]:
    """Return the digests that a checksums file lists by name, and what is wrong with its lines."""
    sums: dict[str, str] = {}
    problems = []
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        found = _LINE.fullmatch(line)
        if not found:
            problems.append(f"line {number} isn't a digest, two spaces and a name")
        elif found[2] in sums:
            problems.append(f"line {number} lists {found[2]} again")
        else:
            sums[found[2]] = found[1]
    return sums, problems


def open_documents(folder: Folder) -> Opened:
    """Return the bundle's documents.

    Raises:
        BundleError: One of them isn't what it should be; says which.
    """
    return Opened(
        folder=folder,
        manifest=_document(folder, "plan.json", Manifest),
        brief=_document(folder, "evidence/brief.json", Brief),
        policy=_document(folder, "evidence/policy.json", Policy),
        channels=_document(folder, "evidence/channels.json", dict[str, Channel]),
        recorded=_document(folder, "evidence/drafts.json", tuple[Recorded, ...]),
        versions=_document(folder, "evidence/versions.json", dict[str, str]),
        ledger=_ledger(folder),
    )


def _document(folder: Folder, name: str, kind: Any) -> Any:
    try:
        return TypeAdapter(kind).validate_json(folder.read(name))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        told = f"{name}: {where}: {first['msg'][:200]}"
        raise BundleError(f"{told}. Not a document of {FORMAT}: verify with the version that wrote it.") from None


def _ledger(folder: Folder) -> Slice:
    try:
        return from_jsonl(folder.read("ledger.jsonl").decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BundleError(f"ledger.jsonl: not UTF-8 (byte {error.start}). Ask for the bundle again.") from None
