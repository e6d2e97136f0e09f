"""`aboveboard review`: what waits for a person, and what they decide."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aboveboard.telling import print_json, told

if TYPE_CHECKING:
    from aboveboard.record import Action

app = typer.Typer(
    help="The review queue: list, show, approve, edit, move, reject, withdraw.", no_args_is_help=True
)
Workspace = Annotated[Path, typer.Option("--workspace", "-w", help="The workspace folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Draft = Annotated[str, typer.Argument(help="The draft's id, or its first letters.")]
As = Annotated[str, typer.Option("--as", help="Who decides: not the one who triggered the brief.")]
Role = Annotated[str, typer.Option(help="In which role; the bundle names the role, not the person.")]
Because = Annotated[str, typer.Option("--reason", "-r", help="Why. Needed where a rule is overridden.")]


@app.command("list")
@told
def waiting(
    workspace: Workspace = Path("."),
    campaign: Annotated[str | None, typer.Option(help="Only this campaign.")] = None,
    json: Json = False,
) -> None:
    """List what waits for a decision, soonest first."""
    from aboveboard.deciding import queue
    from aboveboard.telling_copy import show_queue

    show_queue(queue(workspace, campaign), json)


@app.command()
@told
def remind(
    workspace: Workspace = Path("."),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say who would be told, and tell nobody.")] = False,
    json: Json = False,
) -> None:
    """Tell reviewers what is soon due, and admins what is overdue: each once. Quiet when nothing is."""
    from aboveboard.project import open_project
    from aboveboard.reminding import remind
    from aboveboard.telling_copy import show_notices

    with open_project(workspace) as project:
        show_notices(remind(project, dry_run=dry_run), json, dry_run)


@app.command()
@told
def show(draft: Draft, workspace: Workspace = Path("."), json: Json = False) -> None:
    """Show one draft: the exact words, the rule, the law, a way to mend it."""
    from aboveboard.deciding import look, suggestions
    from aboveboard.telling_copy import show_draft

    recorded, policy = look(workspace, draft)
    waits = recorded.state in {"flagged", "blocked"}
    rewriting = suggestions(workspace, recorded) if waits else None
    if json:
        print_json(recorded.model_dump(mode="json") | (rewriting.model_dump(mode="json") if rewriting else {}))
    else:
        show_draft(recorded, policy, rewriting)


@app.command()
@told
def approve(
    draft: Draft, reason: Because = "", actor: As = "", role: Role = "reviewer", workspace: Workspace = Path(".")
) -> None:
    """Approve a flagged draft as it stands."""
    _decide(workspace, draft, "approve", reason, actor, role)


@app.command()
@told
def reject(
    draft: Draft, reason: Because = "", actor: As = "", role: Role = "reviewer", workspace: Workspace = Path(".")
) -> None:
    """Reject a draft: it stays out of the plan."""
    _decide(workspace, draft, "reject", reason, actor, role)


@app.command()
@told
def withdraw(
    draft: Draft, reason: Because = "", actor: As = "", role: Role = "reviewer", workspace: Workspace = Path(".")
) -> None:
    """Take back a clearance: the draft leaves the plan with the next release."""
    _decide(workspace, draft, "withdraw", reason, actor, role)


@app.command()
@told
def edit(
    draft: Draft,
    text: Annotated[
        str | None, typer.Option("--text", "-t", help="The new words; - reads standard input.")
    ] = None,
    alt: Annotated[str | None, typer.Option(help="What the picture shows, for those who don't see it.")] = None,
    headline: Annotated[str | None, typer.Option(help="Other words for the card, which is drawn again.")] = None,
    reason: Because = "",
    actor: As = "",
    role: Role = "reviewer",
    workspace: Workspace = Path("."),
) -> None:
    """Reword a draft; it is checked again at once. Without --text, --alt or --headline, your editor opens."""
    from aboveboard.deciding import look, reword
    from aboveboard.telling_copy import show_rewording

    before, _ = look(workspace, draft)
    alone = text is None and (alt is not None or headline is not None)
    words = None if alone else _new_words(before.judged.draft.post, text)
    show_rewording(before, *reword(workspace, draft, words, reason, actor, role, alt=alt, headline=headline))


@app.command()
@told
def move(
    draft: Draft,
    to: Annotated[str, typer.Option("--to", help="The new time, by the campaign's clock: 2027-03-31T10:30.")],
    reason: Because = "",
    actor: As = "",
    role: Role = "reviewer",
    workspace: Workspace = Path("."),
) -> None:
    """Give a post another time; it is checked again at once, and an approval doesn't go with it."""
    from aboveboard.deciding import look
    from aboveboard.deciding import move as move_it
    from aboveboard.telling_copy import show_rewording

    before, _ = look(workspace, draft)
    show_rewording(before, *move_it(workspace, draft, to, reason, actor, role))


def _new_words(post: str, text: str | None) -> str:
    if text == "-":
        return sys.stdin.read().strip()
    if text is None:
        from click import edit as open_editor

        return (open_editor(post, extension=".txt") or post).strip()
    return text.strip()


def _decide(workspace: Path, draft: str, action: "Action", reason: str, actor: str, role: str) -> None:
    from aboveboard.deciding import decide
    from aboveboard.telling_copy import show_decision

    show_decision(*decide(workspace, draft, action, reason, actor, role))
