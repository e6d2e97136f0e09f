"""What the command line says of the policy: every rule in a table, one rule in full, how its examples behave."""

import sys
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from aboveboard.brief import Fact
from aboveboard.errors import PolicyError
from aboveboard.policy import Example, Policy, Rule
from aboveboard.telling import WEIGHTS, plain, say_wrong, show_rows, stdout
from aboveboard.trying import Trial


def show_rules(policy: Policy) -> None:
    """Show every rule: severity, id, title, by family."""
    ordered = sorted(policy.rules, key=lambda rule: (rule.family, rule.id))
    show_rows(("family", "rule", "weight", "what it looks for"), [_row(rule) for rule in ordered])
    if sys.stdout.isatty():
        told = f"{len(policy.rules)} rules, policy {policy.digest[:12]}."
        stdout().print(f"{told} One in full: aboveboard policy explain <rule>")


def _row(rule: Rule) -> tuple[str, ...]:
    colour = WEIGHTS[rule.severity.value]
    return rule.family, rule.id, f"[{colour}]{rule.severity.value}[/{colour}]", plain(rule.title)


def show_rule(rule: Rule, policy: Policy) -> None:
    """Show one rule: meaning, law with its link, cues, what clears it, examples, known misses."""
    console = stdout()
    colour = WEIGHTS[rule.severity.value]
    console.print(
        f"[bold]{plain(rule.title)}[/bold]  {rule.id}, {rule.family}, [{colour}]{rule.severity.value}[/{colour}]"
    )
    console.print(f"\n{plain(rule.definition)}\n", soft_wrap=True)
    for law in (law for law_id in rule.law if (law := policy.law(law_id))):
        named = f"[bold]{plain(law.title)}, {plain(law.article)}[/bold] ({plain(law.jurisdiction)})"
        console.print(named, soft_wrap=True)
        console.print(f"    {plain(law.says)}\n    [dim]{plain(law.url)}[/dim]", soft_wrap=True)
    for excuse in rule.excused_by:
        console.print(f"Cleared by a fact whose '{excuse.fact}' agrees with the {excuse.matches} in the words.")
    for reader in _readers(rule, policy):
        console.print(reader, soft_wrap=True)
    console.print(f"Fix: {plain(rule.fix)}", soft_wrap=True)
    for title, examples in (("Flags", rule.must_flag), ("Passes", rule.must_pass)):
        console.print(f"\n[bold]{title}[/bold]")
        for example in examples:
            console.print(f"    {plain(_words(example))}", soft_wrap=True)
    for miss in rule.known_misses:
        console.print(f"[dim]Misses: {plain(miss)}[/dim]", soft_wrap=True)


def _readers(rule: Rule, policy: Policy) -> Iterator[str]:
    """Yield which models read for this rule, and from when on they flag it."""
    from aboveboard.guards.classifier import the_card

    if policy.classifier and rule.id in (card := the_card()).codes:
        if rule.id in card.certain:
            yield "The local classifier leaves it to its own guard, which knows it for certain."
        else:
            yield (
                f"The local classifier, a small model, flags a caption from probability {card.flags_from:.2f} of "
                f"any pattern on, and names this one from {card.names_from:.2f}."
            )
            if measured := card.measured.get(rule.id):
                yield (
                    f"Measured on dev: precision {measured.precision:.2f}, recall {measured.recall:.2f} "
                    f"(n={measured.n})."
                )
    if rule.read_by == "critic":
        yield "It needs reading: a critic, where one is set (critic_model), is asked about it in every text."


def _words(example: Example | str) -> str:
    if isinstance(example, str):
        return example
    facts = "; ".join(_said(fact) for fact in example.facts)
    words = example.text or " / ".join(post.text for post in example.posts)
    return f"{words}  [given: {facts}]" if facts else words


def _said(fact: Fact) -> str:
    return fact.statement if isinstance(fact.statement, str) else " / ".join(fact.statement.values())


def named_rule(policy: Policy, name: str) -> Rule:
    """Return the rule called `name`.

    Raises:
        PolicyError: There is none; suggests the nearest.
    """
    found = policy.rule(name)
    if found is None:
        near = get_close_matches(name, [rule.id for rule in policy.rules], n=1)
        hint = f"Did you mean {near[0]}?" if near else "List them: aboveboard policy list"
        raise PolicyError(f"there is no rule '{name}'. {hint}")
    return found


def show_proof(rules: int, examples: int, problems: Sequence[str]) -> None:
    """Show whether every rule's own examples behave."""
    say_wrong(problems)
    if not problems:
        stdout().print(f"[green]✓[/green] {examples} examples of {rules} rules behave.")


def show_trial(trial: Trial) -> None:
    """Show what a changed rule would do to past drafts."""
    for one in trial.differences:
        fate = f"{one.before} → {one.after}" if one.before != one.after else one.after
        words = [*(f"[red]+ {plain(quote)}[/red]" for quote in one.came)]
        words += [f"[green]- {plain(quote)}[/green]" for quote in one.went]
        stdout().print(f"{plain(one.slot)}  {one.draft[:12]}  {fate}  {'  '.join(words)}", soft_wrap=True)
    stdout().print(
        f"{trial.looked_at} drafts looked at. {trial.rule} finds something in {trial.after}, "
        f"today in {trial.before}; "
        f"{trial.held_back} more would be held back, {trial.let_go} more let go.",
        soft_wrap=True,
    )
