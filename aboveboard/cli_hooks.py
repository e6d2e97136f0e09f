"""`aboveboard hooks`: where other programs are told what happens."""

from pathlib import Path
from typing import Annotated

import typer

from aboveboard.telling import plain, print_json, show_rows, stdout, told

app = typer.Typer(help="Webhooks: list, add, remove, wake, deliver.", no_args_is_help=True)
Workspace = Annotated[Path, typer.Option("--workspace", "-w", help="The workspace folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Hook = Annotated[str, typer.Argument(help="The hook's id.")]


@app.command("list")
@told
def list_hooks(workspace: Workspace = Path("."), json: Json = False) -> None:
    """List every hook and how it fares."""
    from aboveboard.hooking import all_hooks
    from aboveboard.project import open_project

    with open_project(workspace) as project:
        found = all_hooks(project.store.engine)
    if json:
        print_json([hook._asdict() for hook in found])
        return
    rows = [
        (hook.id, plain(hook.url), ", ".join(hook.kinds), "" if hook.active else "rests", plain(hook.told))
        for hook in found
    ]
    show_rows(("hook", "address", "events", "", "last trouble"), rows)


@app.command()
@told
def add(
    url: Annotated[str, typer.Argument(help="An https address.")],
    event: Annotated[list[str], typer.Option("--event", "-e", help="created, flagged, approved, rejected, …")],
    workspace: Workspace = Path("."),
) -> None:
    """Add a hook for what happens from now on. The secret that signs is shown once."""
    from aboveboard.hooking import add_hook
    from aboveboard.project import open_project

    with open_project(workspace) as project:
        private = project.settings.webhooks_private
        hook, secret = add_hook(project.store.engine, url, tuple(event), private=private)
    stdout().print(f"{hook.id}\nIts secret, shown only now: {secret}", soft_wrap=True)


@app.command()
@told
def remove(hook: Hook, workspace: Workspace = Path(".")) -> None:
    """Remove a hook."""
    from aboveboard.hooking import remove_hook
    from aboveboard.project import open_project

    with open_project(workspace) as project:
        remove_hook(project.store.engine, hook)


@app.command()
@told
def wake(hook: Hook, workspace: Workspace = Path(".")) -> None:
    """Let a hook that rests after many failures go on where it stopped."""
    from aboveboard.hooking import wake_hook
    from aboveboard.project import open_project

    with open_project(workspace) as project:
        wake_hook(project.store.engine, hook)


@app.command()
@told
def deliver(workspace: Workspace = Path(".")) -> None:
    """Send what is due; a served desk does so each minute. Quiet when nothing is."""
    from aboveboard.hooking import deliver
    from aboveboard.project import open_project

    with open_project(workspace) as project:
        sent = deliver(project.store.engine, private=project.settings.webhooks_private)
    if sent:
        typer.echo(f"{sent} sent")
