"""`aboveboard policy`: read the rules, and run their own examples."""

from pathlib import Path
from typing import Annotated

import typer

from aboveboard.telling import print_json, told

app = typer.Typer(
    help="The policy: list the rules, explain one, run their own examples, try a changed one.",
    no_args_is_help=True,
)
Workspace = Annotated[Path, typer.Option("--workspace", "-w", help="The workspace folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


@app.command("list")
@told
def list_rules(workspace: Workspace = Path("."), json: Json = False) -> None:
    """List every rule: family, severity, title."""
    from aboveboard.rulebook import load_policy
    from aboveboard.telling_policy import show_rules
    from aboveboard.workspace import own_rules

    policy = load_policy(own_rules(workspace))
    if json:
        print_json([rule.model_dump(mode="json", include=_BRIEFLY) for rule in policy.rules])
    else:
        show_rules(policy)


_BRIEFLY = {"id", "title", "family", "status", "severity", "law"}


@app.command()
@told
def explain(
    rule: Annotated[str, typer.Argument(help="The rule's id.")],
    workspace: Workspace = Path("."),
    json: Json = False,
) -> None:
    """Explain one rule: what it means, which law it rests on, what clears it, its examples."""
    from aboveboard.rulebook import load_policy
    from aboveboard.telling_policy import named_rule, show_rule
    from aboveboard.workspace import own_rules

    policy = load_policy(own_rules(workspace))
    found = named_rule(policy, rule)
    print_json(found.model_dump(mode="json")) if json else show_rule(found, policy)


@app.command("test")
@told
def run_examples(workspace: Workspace = Path("."), json: Json = False) -> None:
    """Run every rule's own examples. Exit code 1 if one doesn't behave."""
    from aboveboard.errors import PolicyError
    from aboveboard.rulebook import load_policy
    from aboveboard.telling_policy import show_proof
    from aboveboard.workspace import own_rules

    try:
        policy = load_policy(own_rules(workspace), prove=True)
    except PolicyError as error:
        print_json({"problems": error.problems}) if json else show_proof(0, 0, error.problems)
        raise typer.Exit(1) from None
    examples = sum(len(rule.must_flag) + len(rule.must_pass) for rule in policy.rules)
    if json:
        print_json({"rules": len(policy.rules), "examples": examples, "problems": []})
    else:
        show_proof(len(policy.rules), examples, [])


@app.command("try")
@told
def try_rule(
    rule: Annotated[Path, typer.Argument(help="The rule's file, as you have changed it.")],
    campaign: Annotated[str | None, typer.Option(help="Only this campaign.")] = None,
    workspace: Workspace = Path("."),
    json: Json = False,
) -> None:
    """Say what a changed rule would do to the newest plan of each campaign. Nothing is adopted."""
    from aboveboard.deciding import try_out
    from aboveboard.telling_policy import show_trial

    trial = try_out(workspace, rule, campaign)
    print_json(trial.model_dump(mode="json")) if json else show_trial(trial)
