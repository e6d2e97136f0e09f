"""Restoring a workspace from a backup: all of it or nothing, and never over anything.

All is made and checked in a folder of its own inside of the new workspace, then the database is filled, then the
files are put in their places, the settings last. Whoever is killed on the way runs the same command again.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aboveboard.archive import Manifest, Progress, measured, unpack
from aboveboard.clock import now
from aboveboard.dumping import demand_empty, pour, rebuild
from aboveboard.errors import BackupError
from aboveboard.project import OURS
from aboveboard.settings import read_settings

STAGE = ".restoring"
SETTINGS = "aboveboard.toml"


def restore(place: Path, folder: Path, progress: Progress, *, dry_run: bool) -> tuple[Manifest, str]:
    """Make the workspace `folder` from a backup; return what it holds, and where its database is.

    `dry_run`: check every member and the target, and write nothing. Raises BackupError where the folder or the
    database holds anything, or the backup isn't whole.
    """
    root = folder.resolve()
    if not place.is_file():
        raise BackupError(f"{place}: there is no such file. Name one that `aboveboard backup` wrote.")
    demand_vacant(root)
    if dry_run:
        return unpack(place, None, progress), ""
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root):
        demand_vacant(root)
        resumed = (root / STAGE).exists()
        return _restore(place, root, progress, resumed=resumed)


def demand_vacant(root: Path) -> None:
    """Raise BackupError where there is anything in the folder, unless an earlier try left it there."""
    if root.exists() and not root.is_dir():
        raise BackupError(f"{root}: this is a file. Name a folder for the workspace.")
    names = sorted(os.listdir(root)) if root.is_dir() else []
    if names and STAGE not in names:
        raise BackupError(
            f"{root}: this folder isn't empty ({names[0]} is in it). Nothing was touched. Name a new folder."
        )


def _restore(place: Path, root: Path, progress: Progress, *, resumed: bool) -> tuple[Manifest, str]:
    stage = root / STAGE
    _clear(root)
    try:
        manifest = unpack(place, stage, progress)
        files = stage / "files"
        kept = files / OURS
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = kept / "aboveboard.db"
        rebuild(f"sqlite:///{database}", manifest.revision, stage / "database", manifest.head)
        if elsewhere := read_settings(files).database_url:
            name = measured(place).sha256
            demand_empty(elsewhere, name, resumed=resumed)
            pour(f"sqlite:///{database}", elsewhere, name, now(), manifest.head)
            resumed = True  # from here on the database is this backup's, whatever else fails
            for path in kept.glob("aboveboard.db*"):
                path.unlink()
        _link_latest(files / "outputs", manifest)
    except BaseException:
        if not resumed:
            _clear(root)
            shutil.rmtree(stage)
        raise
    # The settings make it a workspace: they come last.
    for path in sorted(files.iterdir(), key=lambda path: (path.name == SETTINGS, path.name)):
        os.rename(path, root / path.name)
    shutil.rmtree(stage)
    return manifest, elsewhere or str(root / OURS / "aboveboard.db")


def _clear(root: Path) -> None:
    """Remove what an earlier try has left: the folder was empty when it began."""
    (root / STAGE).mkdir(mode=0o700, exist_ok=True)
    for path in [*root.iterdir(), *(root / STAGE).iterdir()]:
        if path.name == STAGE:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _link_latest(outputs: Path, manifest: Manifest) -> None:
    for campaign, bundle in manifest.latest.items():
        if (outputs / campaign / bundle).is_dir():
            (outputs / campaign / "latest").symlink_to(bundle)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold off a second restore into the same folder."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BackupError(f"{root}: another restore is at work here. Wait for its end.") from None
    finally:
        os.close(handle)
