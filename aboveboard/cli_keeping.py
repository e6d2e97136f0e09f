"""`aboveboard backup` and `restore`: what keeps a workspace."""

from pathlib import Path
from typing import Annotated

import typer

from aboveboard.telling import plain, stdout, told

Workspace = Annotated[Path, typer.Option("--workspace", "-w", help="The workspace folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]


@told
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, for example today.tar.gz.")],
    workspace: Workspace = Path("."),
    bundles: Annotated[bool, typer.Option(help="Whether bundles (outputs/) go along.")] = True,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Back the workspace up in one file while others work: database, pictures, briefs, rules. No secrets."""
    from aboveboard.preserving import back_up
    from aboveboard.project import open_project
    from aboveboard.telling_kept import show_backup, showing

    with open_project(workspace) as project, showing(quiet=json) as progress:
        manifest = back_up(project, file, progress, bundles=bundles, dry_run=dry_run)
    show_backup(manifest, str(file), json, "would be written" if dry_run else "written")


@told
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `aboveboard backup` wrote.")],
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="A new or empty folder.")],
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Make a new workspace from a backup, checked whole before anything is written. Never over anything."""
    from aboveboard.database import shown
    from aboveboard.restoring import restore
    from aboveboard.telling_kept import show_backup, showing

    with showing(quiet=json) as progress:
        manifest, database = restore(file, workspace, progress, dry_run=dry_run)
    show_backup(manifest, str(workspace), json, "could be restored from it" if dry_run else "restored")
    if not json and database:
        where = shown(database) if "://" in database else database
        stdout().print(f"Its database: {plain(where)}", soft_wrap=True)
