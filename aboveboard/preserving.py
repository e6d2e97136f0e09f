"""Backing a workspace up: what is in it, gathered as of one moment while others may go on working."""

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aboveboard import __version__
from aboveboard.archive import Manifest, Progress, fit, measured, pack
from aboveboard.clock import now
from aboveboard.database import HEAD
from aboveboard.dumping import dump
from aboveboard.project import OURS, Project

TEXTS = ("briefs", "guardrails", "prompts")
BESIDE = {".json", ".jsonl", ".md", ".svg", ".png", ".jpg", ".jpeg", ".txt", ".yaml", ".yml"}
MOST_BESIDE = 10_000_000  # bytes of a file that lies in the workspace itself
_SECRET = re.compile(r"\.(pem|key|p12|pfx|crt)$|secret|passw|credential", re.IGNORECASE)


def back_up(project: Project, place: Path, progress: Progress, *, bundles: bool, dry_run: bool) -> Manifest:
    """Write the workspace's state to one file and return what it holds; `dry_run`: write nothing.

    No key, no signing certificate, no session and no secret of a webhook goes along. Raises BackupError.
    """
    with tempfile.TemporaryDirectory(prefix="aboveboard-backup-") as scratch:  # for its owner alone
        rows, head = dump(project.store.engine, Path(scratch))
        sources = {f"database/{path.name}": path for path in Path(scratch).iterdir()}
        # After the database: what its rows refer to was kept before they were.
        sources |= {f"files/{name}": path for name, path in _files(project, bundles=bundles)}
        manifest = Manifest(
            version=__version__,
            revision=HEAD,
            created_at=now(),
            database=project.store.engine.dialect.name,
            head=head,
            rows=rows,
            bundles=bundles,
            latest=_latest(project.outputs) if bundles else {},
            members={name: measured(sources[name]) for name in sorted(sources)},
        )
        if not dry_run:
            pack(place, manifest, sources, progress)
        return manifest


def _files(project: Project, *, bundles: bool) -> Iterator[tuple[str, Path]]:
    for path in sorted(project.root.iterdir()):
        beside = path.suffix.lower() in BESIDE and path.stat().st_size <= MOST_BESIDE
        if path.is_file() and (beside or path.name in ("aboveboard.toml", ".gitignore")):
            yield from _taken(project.root, path)
    folders = [*TEXTS, f"{OURS}/pictures", f"{OURS}/signed", *(["outputs"] if bundles else [])]
    for folder in [project.root / name for name in folders]:
        for home, inner, names in os.walk(folder):  # follows no links
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            for name in sorted(names):
                yield from _taken(project.root, Path(home) / name)


def _taken(root: Path, path: Path) -> Iterator[tuple[str, Path]]:
    """Yield the file if it goes along: one of the workspace's own, and no secret."""
    name = path.relative_to(root).as_posix()
    if path.is_symlink() or not path.is_file() or not fit(f"files/{name}"):
        return
    if name.startswith("outputs/") or not _SECRET.search(path.name):
        yield name, path


def _latest(outputs: Path) -> dict[str, str]:
    """Return which bundle is each campaign's latest: links don't go along."""
    links = sorted(outputs.glob("*/latest")) if outputs.is_dir() else []
    return {link.parent.name: os.readlink(link) for link in links if link.is_symlink() and link.exists()}
