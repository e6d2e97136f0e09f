"""A backup as one file: a gzipped tar whose first member, the manifest, names every other with size and SHA-256.

What is read is trusted in nothing: a member the manifest doesn't name, a link, a path that leads elsewhere or a
size that isn't so ends the reading. The same members make the same bytes.
"""

import gzip
import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from aboveboard.errors import BackupError

FORMAT = 1
MANIFEST = "manifest.json"
MOST_MANIFEST = 64_000_000  # bytes
MOST_MEMBERS = 1_000_000
SPARE = 50_000_000  # bytes a disk keeps free
CHUNK = 1 << 20
_NAME = re.compile(
    r"database/[a-z_]+\.jsonl"
    r"|files/\.aboveboard/(pictures|signed)/[0-9a-zA-Z._-]+"
    r"|files/(aboveboard\.toml|\.gitignore|[^/.][^/]*(/[^/.][^/]*)*)"
)
CHANGED = "It was changed or cut short; nothing was restored. Take another."

Progress = Callable[[str, int, int], None]  # what is worked on, how many are done, of how many


class Member(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int
    sha256: str


class Manifest(BaseModel):
    """What a backup holds, and what it is of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    version: str  # of Aboveboard
    revision: str  # of the database's schema
    created_at: AwareDatetime
    database: str  # sqlite or postgresql
    head: str  # hash of the ledger's last entry, "" where there is none
    rows: Mapping[str, int]  # by table
    bundles: bool  # whether outputs/ is in it
    latest: Mapping[str, str]  # by campaign: the bundle that outputs/<campaign>/latest points to
    members: Mapping[str, Member]


def pack(place: Path, manifest: Manifest, sources: Mapping[str, Path], progress: Progress) -> None:
    """Write the backup to `place`, whole or not at all, for its owner alone.

    Raises BackupError where `place` is there already, or a file changed while it was read.
    """
    if place.exists():
        raise BackupError(f"{place}: this file is there already. Name another, or move it away.")
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as fresh:
        try:
            with (
                gzip.GzipFile(filename="", fileobj=fresh, mode="wb", compresslevel=6, mtime=0) as packed,
                tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
            ):
                text = manifest.model_dump_json(indent=1).encode()
                tar.addfile(_header(MANIFEST, len(text)), io.BytesIO(text))
                for number, name in enumerate(sorted(manifest.members), start=1):
                    _add(tar, name, manifest.members[name], sources[name])
                    progress(name, number, len(manifest.members))
            fresh.flush()
            os.fsync(fresh.fileno())
            os.link(fresh.name, place)  # unlike a rename, never over a file that came meanwhile
        finally:
            os.unlink(fresh.name)


def measured(place: Path) -> Member:
    """Return a file's size and SHA-256."""
    with place.open("rb") as file:
        return Member(size=os.fstat(file.fileno()).st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def unpack(place: Path, folder: Path | None, progress: Progress) -> Manifest:
    """Check every member of a backup and write it into the empty `folder`; None: only check.

    Raises BackupError where anything isn't as the manifest says.
    """
    try:
        with place.open("rb") as file, gzip.GzipFile(fileobj=file) as packed:
            bounded = _Bounded(packed)
            with tarfile.open(fileobj=bounded, mode="r|") as tar:  # type: ignore[call-overload]
                members = iter(tar)
                manifest = _manifest(tar, next(members, None), place)
                bounded.left = sum(one.size + 4096 for one in manifest.members.values()) + CHUNK
                _demand_room(manifest, folder)
                _unpack(tar, members, manifest, folder, progress)
                while bounded.read(CHUNK):  # so that the checksum of the whole is looked at too
                    pass
                return manifest
    except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise BackupError(f"{place}: this isn't a whole backup ({error}). Take another.") from None


def _unpack(
    tar: tarfile.TarFile,
    members: Iterator[tarfile.TarInfo],
    manifest: Manifest,
    folder: Path | None,
    progress: Progress,
) -> None:
    left = dict(manifest.members)
    for number, info in enumerate(members, start=1):
        named = left.pop(info.name, None)
        if named is None or not info.isreg() or info.size != named.size:
            raise BackupError(
                f"The backup holds {info.name[:200]!r}, which its manifest doesn't name so. {CHANGED}"
            )
        _write(tar.extractfile(info), folder / info.name if folder else None, info.name, named)
        progress(info.name, number, len(manifest.members))
    if left:
        raise BackupError(f"The backup lacks {min(left)!r}, which its manifest names. {CHANGED}")


def _write(source: IO[bytes] | None, target: Path | None, name: str, named: Member) -> None:
    if target:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(target or os.devnull, "xb" if target else "wb", opener=_private) as file:
        seen = hashlib.sha256()
        while chunk := source.read(CHUNK) if source else b"":
            seen.update(chunk)
            file.write(chunk)
        file.flush()
        if target:
            os.fsync(file.fileno())
    if seen.hexdigest() != named.sha256:
        raise BackupError(f"{name!r} in the backup isn't what the manifest says: its SHA-256 differs. {CHANGED}")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _manifest(tar: tarfile.TarFile, info: tarfile.TarInfo | None, place: Path) -> Manifest:
    if info is None or info.name != MANIFEST or not info.isreg() or info.size > MOST_MANIFEST:
        raise BackupError(
            f"{place}: this isn't a backup of Aboveboard. Name a file that `aboveboard backup` wrote."
        )
    text = tar.extractfile(info)
    try:
        manifest = Manifest.model_validate_json(text.read() if text else b"")
    except ValidationError as error:
        what = error.errors()[0]
        raise BackupError(
            f"{place}: its manifest can't be read ({what['loc']}: {what['msg']}). {CHANGED}"
        ) from None
    if manifest.format != FORMAT:
        raise BackupError(f"{place}: a newer Aboveboard wrote it. Install version {manifest.version} or later.")
    points = (part for pair in manifest.latest.items() for part in pair)
    odd = [name for name in manifest.members if not fit(name)] + [one for one in points if not _plain(one)]
    if odd or len(manifest.members) > MOST_MEMBERS or any(one.size < 0 for one in manifest.members.values()):
        raise BackupError(f"{place}: it names {(odd or ['too many files'])[0][:200]!r}, which no backup holds.")
    return manifest


def fit(name: str) -> bool:
    """Whether a member may have this name: inside of what a workspace holds, and leading nowhere else."""
    return bool(_NAME.fullmatch(name)) and all(_plain(part) for part in name.split("/"))


def _plain(part: str) -> bool:
    return part not in ("", ".", "..") and part.isprintable() and not set(part) & {"/", "\\"} and len(part) < 250


def _demand_room(manifest: Manifest, folder: Path | None) -> None:
    needed = 3 * sum(one.size for one in manifest.members.values()) + SPARE
    if folder and shutil.disk_usage(folder).free < needed:
        raise BackupError(f"{folder}: there isn't room enough. Free {needed // 1_000_000:,} MB.")


def _header(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def _add(tar: tarfile.TarFile, name: str, member: Member, source: Path) -> None:
    with source.open("rb") as file:
        watched = _Hashing(file)
        try:
            tar.addfile(_header(name, member.size), watched)
        except OSError:
            if source.stat().st_size >= member.size:
                raise
        if watched.seen.hexdigest() != member.sha256:
            raise BackupError(f"{source}: this file changed while it was backed up. Run the same command again.")


class _Hashing:
    """Reads a file and knows the digest of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.seen = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self.seen.update(chunk)
        return chunk


class _Bounded:
    """Reads no more than `left` bytes: what is packed small may be without end."""

    def __init__(self, file: Any) -> None:
        self._file, self.left = file, MOST_MANIFEST + CHUNK

    def read(self, size: int) -> bytes:
        chunk: bytes = self._file.read(min(size, self.left + 1))
        self.left -= len(chunk)
        if self.left < 0:
            raise BackupError(f"The backup unpacks to more than its manifest says. {CHANGED}")
        return chunk
