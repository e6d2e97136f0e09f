"""The command line. Every command answers `--help` at once: what is heavy is imported when it is needed."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aboveboard import cli_hooks, cli_keeping, cli_policy, cli_review
from aboveboard.telling import print_json, told

if TYPE_CHECKING:
    from aboveboard.checking import Checked, Circumstances
    from aboveboard.guarding import Runner
    from aboveboard.guards.critic import Critic
    from aboveboard.policy import Policy
    from aboveboard.rewriting import Rewriting

app = typer.Typer(
    name="aboveboard",
    help="A campaign brief in, an audited editorial plan out.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(cli_review.app, name="review")
app.add_typer(cli_policy.app, name="policy")
app.add_typer(cli_hooks.app, name="hooks")
app.command()(cli_keeping.backup)
app.command()(cli_keeping.restore)

Workspace = Annotated[Path, typer.Option("--workspace", "-w", help="The workspace folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Files = Annotated[list[str] | None, typer.Argument(help="Text or Markdown files; - or none: standard input.")]
Facts = Annotated[Path | None, typer.Option(help="A brief, or a list of facts, to judge claims by.")]
Lang = Annotated[str, typer.Option(help="Language of the copy, two letters. Default: the brief's, or en.")]
Channel = Annotated[str | None, typer.Option(help="Channel it is for.")]
Sponsored = Annotated[bool, typer.Option("--sponsored", help="Somebody paid for it.")]
As = Annotated[str, typer.Option("--as", help="Who acts. Default: the actor setting, or your user name.")]


FIRST = "aboveboard produce briefs/spring-refill.yaml"


class Form(StrEnum):
    human = "human"
    json = "json"
    sarif = "sarif"


def _version(wanted: bool) -> None:
    if wanted:
        from aboveboard import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Turn campaign briefs into editorial plans that can prove why each post was allowed."""


@app.command()
@told
def init(folder: Annotated[Path, typer.Argument(help="The folder to make.")] = Path(".")) -> None:
    """Make a new workspace: a brief to start from, the settings, and a place for bundles."""
    from aboveboard.workspace import make_workspace

    made = make_workspace(folder)
    for path in made:
        typer.echo(f"made {path}")
    if not made:
        typer.echo(f"{folder} is a workspace already; nothing was changed.")
    typer.echo("Next: " + ("" if folder == Path(".") else f"cd {folder}, ") + "then " + FIRST)


@app.command()
@told
def produce(
    brief: Annotated[Path, typer.Argument(help="The campaign brief, YAML or JSON.")],
    workspace: Workspace = Path("."),
    actor: As = "",
    json: Json = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read, admit and plan; call no model, write nothing.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if anything is held back.")] = False,
    prefect: Annotated[
        bool | None,
        typer.Option(help="Run as a Prefect flow. Default: only where PREFECT_API_URL names a server."),
    ] = None,
) -> None:
    """Turn a brief into a bundle: plan, write, illustrate, check, bundle what is cleared."""
    from aboveboard.starting import produce_here, produce_on_prefect, rehearse, wants_prefect
    from aboveboard.telling import watching
    from aboveboard.telling_run import show_plan, show_produced

    if dry_run:
        show_plan(rehearse(workspace, brief), json)
        return
    if wants_prefect(prefect):
        done = produce_on_prefect(workspace, brief, actor)
    else:
        with watching(quiet=json) as watch:
            done = produce_here(workspace, brief, actor, watch)
    show_produced(done, json)
    if strict and any(one.state != "cleared" for one in done.recorded):
        raise typer.Exit(1)


@app.command()
@told
def check(
    files: Files = None,
    facts: Facts = None,
    lang: Lang = "",
    channel: Channel = None,
    sponsored: Sponsored = False,
    form: Annotated[Form, typer.Option("--format", "-f", help="How to say it.")] = Form.human,
    json: Json = False,
    jsonl: Annotated[
        str | None, typer.Option(help="A file of JSON objects, one a line; - for standard input.")
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=0, help="Processes for --jsonl, from 500 lines on. Default: one a core.")
    ] = 0,
    suggest: Annotated[bool, typer.Option("--suggest", help="Propose rewrites that pass.")] = False,
    workspace: Workspace = Path("."),
) -> None:
    """Check any copy against the policy.

    Exit code 0: nothing is held back; notes hold nothing back. 1: something is. 2: something couldn't be read; the
    rest was checked all the same.
    """
    from aboveboard import checking
    from aboveboard.asking import lent_critic
    from aboveboard.rulebook import load_policy
    from aboveboard.telling_copy import show_checked, show_lines
    from aboveboard.workspace import own_rules

    policy = load_policy(own_rules(workspace))
    known = checking.told_by(facts, lang, channel, sponsored)
    around = checking.circumstances(known, str(facts or "options"))
    if jsonl:
        raise typer.Exit(show_lines(jsonl, known, policy, workspace, jobs))
    texts, failures = _read(files or ["-"])
    with lent_critic(workspace, own_rules(workspace)) as critic:
        results = [checking.check(name, text, around, policy, runner=_runner(critic)) for name, text in texts]
    rewritings = _suggested(results, around, policy, workspace) if suggest else []
    show_checked(results, failures, policy, Form.json if json else form, rewritings)
    held = any(one.verdict.outcome != "pass" for one in results)
    raise typer.Exit(2 if failures else 1 if held else 0)


def _runner(critic: "Critic | None") -> "Runner":
    """Return what runs the guards: without a critic nothing of what it needs is loaded."""
    from aboveboard.guarding import run_direct

    if critic is None:
        return run_direct
    from aboveboard.consulting import with_critic

    return with_critic(run_direct, critic)


def _suggested(
    results: "list[Checked]", around: "Circumstances", policy: "Policy", workspace: Path
) -> "list[Rewriting]":
    from aboveboard.checking import copy_of
    from aboveboard.settings import read_settings
    from aboveboard.suggesting import open_reword, suggested

    reword = open_reword(read_settings(workspace))
    return [suggested(copy_of(one.text, around), one.inspection, policy, reword) for one in results]


@app.command()
@told
def explain(
    files: Files = None,
    facts: Facts = None,
    lang: Lang = "",
    channel: Channel = None,
    sponsored: Sponsored = False,
    rule: Annotated[str | None, typer.Option(help="Only this rule.")] = None,
    json: Json = False,
    workspace: Workspace = Path("."),
) -> None:
    """Explain the verdict on any copy: each finding and proof from the words to the weight, and the ways out.

    Exit codes are those of check.
    """
    from aboveboard import checking
    from aboveboard.asking import lent_critic
    from aboveboard.consulting import models_said
    from aboveboard.explaining import explained
    from aboveboard.rulebook import load_policy
    from aboveboard.telling_explained import show_explained
    from aboveboard.telling_policy import named_rule
    from aboveboard.workspace import own_rules

    policy = load_policy(own_rules(workspace))
    only = named_rule(policy, rule).id if rule else None
    around = checking.circumstances(checking.told_by(facts, lang, channel, sponsored), str(facts or "options"))
    texts, failures = _read(files or ["-"])
    with lent_critic(workspace, own_rules(workspace)) as critic:
        results = [checking.check(name, text, around, policy, runner=_runner(critic)) for name, text in texts]
    rewritings = [None] * len(results) if only else _suggested(results, around, policy, workspace)
    copies = [checking.copy_of(one.text, around) for one in results]
    told_of = [
        explained(one, copy, policy, only, rewriting, models_said(policy, copy, one.inspection, critic))
        for one, copy, rewriting in zip(results, copies, rewritings, strict=True)
    ]
    show_explained(told_of, failures, json)
    held = any(path.finding.severity.rank for one in told_of for path in one.paths)
    raise typer.Exit(2 if failures else 1 if held else 0)


def _read(names: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the text of each file that can be read, and what is wrong with the others."""
    from aboveboard.checking import LARGEST, read_copy, words_of
    from aboveboard.errors import AboveboardError

    texts: list[tuple[str, str]] = []
    failures: list[str] = []
    for name in names:
        try:
            if name == "-":
                texts.append(("stdin", words_of(sys.stdin.buffer.read(LARGEST + 1), "stdin")))
            else:
                texts.append((name, read_copy(Path(name))))
        except AboveboardError as error:
            failures += error.problems
    return texts, failures


@app.command()
@told
def release(
    campaign: Annotated[str, typer.Argument(help="Campaign, or the first letters of a plan's id.")],
    workspace: Workspace = Path("."),
    json: Json = False,
    prefect: Annotated[
        bool | None,
        typer.Option(help="Run as a Prefect flow. Default: only where PREFECT_API_URL names a server."),
    ] = None,
) -> None:
    """Bundle what the guards or a reviewer have cleared by now. Safe to run any number of times."""
    from aboveboard.starting import release_here, release_on_prefect, wants_prefect
    from aboveboard.telling_run import show_produced

    run = release_on_prefect if wants_prefect(prefect) else release_here
    show_produced(run(workspace, campaign), json)


@app.command()
@told
def recall(
    campaign: Annotated[str | None, typer.Argument(help="Only this campaign.")] = None,
    workspace: Workspace = Path("."),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go back, and change nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Send back to the queue what was cleared and no longer stands: facts, rules, laws or models have changed."""
    from aboveboard.project import open_project
    from aboveboard.recalling import recall
    from aboveboard.telling_run import show_recalled

    with open_project(workspace) as project:
        show_recalled(recall(project, campaign, dry_run=dry_run), json, dry_run)


@app.command()
@told
def runs(
    workspace: Workspace = Path("."),
    failed: Annotated[bool, typer.Option("--failed", help="Only what is to be tried again.")] = False,
    json: Json = False,
) -> None:
    """List the runs: of which brief, by whom, and what came of them. With --failed, exit code 1 if any."""
    from aboveboard.retrying import list_runs
    from aboveboard.telling_run import show_runs

    found = list_runs(workspace, failed)
    show_runs(found, json)
    if failed and found:
        raise typer.Exit(1)


@app.command()
@told
def retry(
    run: Annotated[str | None, typer.Argument(help="A run by the first letters of its id. Default: all.")] = None,
    workspace: Workspace = Path("."),
    actor: As = "",
    json: Json = False,
) -> None:
    """Run again what failed or was stopped, from where it was. Exit code 1 if something fails again."""
    from aboveboard.retrying import retry
    from aboveboard.telling import watching
    from aboveboard.telling_run import show_retried

    with watching(quiet=json) as watch:
        tried = retry(workspace, run, actor, watch)
    show_retried(tried, json)
    if any(one.problems for one in tried):
        raise typer.Exit(1)


@app.command()
@told
def verify(
    bundle: Annotated[Path, typer.Argument(help="A bundle's folder, or a picture out of one.")],
    json: Json = False,
    trust: Annotated[
        Path | None,
        typer.Option(help="Certificates (PEM) of those who may vouch for who signed; nobody else may."),
    ] = None,
) -> None:
    """Check a bundle with nothing but the bundle, or one picture. Exit code 1 if anything doesn't hold."""
    from aboveboard.telling import show_checks
    from aboveboard.verifying import fingerprint, trusted, verify, verify_picture

    alone = bundle.is_file()
    anchors = trusted(trust) if trust else ""
    checks = verify_picture(bundle, anchors) if alone else verify(bundle, anchors)
    show_checks(checks, fingerprint(bundle), json, "picture" if alone else "bundle")
    if any(one.problems for one in checks):
        raise typer.Exit(1)


@app.command()
@told
def serve(
    workspace: Workspace = Path("."),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8400,
) -> None:
    """Serve the reviewers' desk: a web page where flagged work is decided."""
    from aboveboard.serving import serve
    from aboveboard.telling import show_served

    serve(workspace, host, port, show_served)


@app.command()
@told
def up(
    workspace: Workspace = Path("."),
    port: Annotated[int, typer.Option(min=1, max=65535, help="The desk's port.")] = 8400,
    prefect_port: Annotated[int, typer.Option(min=1, max=65535, help="The Prefect server's port.")] = 4200,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Workers; they share a plan.")] = 1,
    timezone: Annotated[str, typer.Option(help="Whose clock schedules go by (IANA name).")] = "UTC",
) -> None:
    """Run everything on this machine: Prefect with its schedules, workers, the desk. Ctrl-C stops it cleanly."""
    from aboveboard.upping import up

    up(workspace, port, prefect_port, workers, timezone, typer.echo)


@app.command()
@told
def doctor(workspace: Workspace = Path("."), json: Json = False) -> None:
    """Say what is installed and set, and how to mend what isn't. Exit code 1 if something is missing."""
    from aboveboard.doctoring import examine
    from aboveboard.telling import show_examined

    examined = examine(workspace)
    print_json([one.model_dump() for one in examined]) if json else show_examined(examined)
    if any(one.state == "missing" for one in examined):
        raise typer.Exit(1)
