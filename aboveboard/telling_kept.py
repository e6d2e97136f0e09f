"""What is said of backups."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aboveboard.telling import plain, print_json, stderr, stdout

if TYPE_CHECKING:
    from aboveboard.archive import Manifest, Progress


@contextmanager
def showing(*, quiet: bool) -> "Iterator[Progress]":
    """Show how far a backup is on a terminal; nothing in a pipe."""
    if quiet or not sys.stderr.isatty():
        yield lambda name, done, of: None
        return
    from rich.progress import Progress as Bar

    with Bar(console=stderr(), transient=True) as bar:
        task = bar.add_task("Reading")
        yield lambda name, done, of: bar.update(task, completed=done, total=of, description=plain(name[-40:]))


def show_backup(manifest: "Manifest", where: str, as_json: bool, done: str) -> None:
    """Say what a backup holds."""
    size = sum(one.size for one in manifest.members.values())
    if as_json:
        told = manifest.model_dump(mode="json", exclude={"members"})
        print_json({**told, "done": done, "where": where, "files": len(manifest.members), "bytes": size})
        return
    rows = ", ".join(f"{manifest.rows[name]:,} {name}" for name in ("plans", "drafts", "decisions", "ledger"))
    stdout().print(f"{plain(where)}: {done}. {len(manifest.members):,} files, {size:,} bytes.", soft_wrap=True)
    stdout().print(f"{rows}. The ledger ends with {manifest.head[:12] or 'nothing'}.", soft_wrap=True)
