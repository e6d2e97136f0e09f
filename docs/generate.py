"""Writes the pages beside it that say what the code and the data say: policy, channels, prompts, commands.

Run from the top of the checkout: `python docs/generate.py`. A test fails while a page and its source disagree.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import typer
import yaml

from aboveboard.channel import Channel, Images, Limit, Size, load_channels
from aboveboard.cli import app
from aboveboard.policy import Example, Policy, Rule
from aboveboard.prompts import header
from aboveboard.rulebook import load_policy
from aboveboard.shelves import shipped

HERE = Path(__file__).parent
BACKDROP = HERE.parent / "aboveboard" / "weights" / "backdrop"
MADE = "<!-- Made by docs/generate.py from {source}. Edit that, then run it again. -->"
WEIGHTS = {
    "note": "is noted beside the post and holds nothing back",
    "review": "waits for a person",
    "block": "stays out; only another wording helps",
}


def policy_page() -> str:
    """Return every rule by family, the numbers the policy turns on, and the law it cites."""
    policy = load_policy()
    families = dict.fromkeys(rule.family for rule in policy.rules)
    parts = [
        f"# The policy\n\n{MADE.format(source='guardrails/')}",
        f"{len(policy.rules)} rules. What one finds has a weight:",
        "\n".join(f"- **{weight}**: it {means}." for weight, means in WEIGHTS.items()),
        "What the brief's facts contradict weighs one step more. An experimental rule only ever notes. "
        "`aboveboard policy explain <rule>` says all of this with every example. None of it is legal advice.",
    ]
    for family in families:
        parts.append(f"## {family.replace('-', ' ').capitalize()}")
        parts += [_rule(rule, policy) for rule in policy.rules if rule.family == family]
    return "\n\n".join([*parts, _numbers(policy), _laws(policy)]) + "\n"


def _rule(rule: Rule, policy: Policy) -> str:
    status = "" if rule.status == "stable" else f", {rule.status}"
    law = ", ".join(
        f"[{found.title}, {found.article}](#{found.id})" for found in map(policy.law, rule.law) if found
    )
    lines = [
        f"### {rule.id}\n",
        f"{rule.title}: {rule.severity.value}{status}. {rule.definition}\n",
        *([] if rule.guard == "plan" else [f"- Flags: {_quoted(rule.must_flag[0])}"]),
        *([] if rule.guard == "plan" else [f"- Passes: {_quoted(rule.must_pass[0])}"]),
        f"- Mend it: {rule.fix}",
        *([f"- Known to miss: {'; '.join(rule.known_misses)}."] if rule.known_misses else []),
        f"- Law: {law}.",
    ]
    return "\n".join(lines)


def _quoted(example: Example | str) -> str:
    if isinstance(example, str):
        return f"“{example}”"
    proofs = [fact.model_dump_json(include=fact.model_fields_set - {"id", "source"}) for fact in example.facts]
    return f"“{example.text}”" + (f" with the fact `{'; '.join(proofs)}`" if proofs else "")


def _numbers(policy: Policy) -> str:
    told = yaml.safe_load((shipped("guardrails") / "policy.yaml").read_text(encoding="utf-8"))
    rows = [(f"`{name}`", value, told[name]["reason"].strip()) for name, value in policy.thresholds]
    return "## The numbers it turns on\n\n" + _table(("threshold", "value", "why"), rows)


def _laws(policy: Policy) -> str:
    cited = {law for rule in policy.rules for law in rule.law}
    rows = [
        (f'<a id="{law.id}"></a>[{law.title}]({law.url}), {law.article}', law.jurisdiction, law.says, law.standing)
        for law in policy.laws
        if law.id in cited
    ]
    note = "The last column says from what the entry was written: the text itself, accounts of it, or memory."
    return f"## The law it cites\n\n{note}\n\n" + _table(("source", "where", "says", "standing"), rows)


def channels_page() -> str:
    """Return what each channel takes."""
    rows = [_channel(channel) for channel in load_channels().values()]
    head = ("channel", "post", "link counts", "hashtags", "picture", "alt text", "how AI is labelled")
    made = MADE.format(source="guardrails/channels/")
    where = "Each number's source and the day somebody looked stand in the channel's file."
    return f"# Channels\n\n{made}\n\n{where}\n\n{_table(head, rows)}\n"


def _channel(channel: Channel) -> tuple[str, ...]:
    tags, picture = channel.hashtags, channel.images
    return (
        f"`{channel.id}`",
        f"{_limit(channel.text)}, best near {channel.sweet}",
        str(channel.url.value) if channel.url else "as long as it is",
        f"{tags.sensible} are good manners" + (f", {tags.most.value} the limit" if tags.most else ""),
        _picture(picture) if picture else "none",
        _limit(picture.alt) if picture and picture.alt else "none",
        channel.ai_label.note,
    )


def _picture(picture: Images) -> str:
    story = f"; a story {picture.story.width} × {picture.story.height}" if picture.story else ""
    return f"{picture.width} × {picture.height}{', required' if picture.required else ''}{story}"


def _limit(limit: Limit | Size) -> str:
    return f"{limit.value} {limit.unit if isinstance(limit, Limit) else ''}".strip()


def prompts_page() -> str:
    """Return what each prompt is for and what it is given."""
    names = sorted(path.name.removesuffix(".j2") for path in shipped("prompts").glob("*.j2"))
    rows = [
        (f"`{name}.j2`", (told := header(name)).purpose, ", ".join(sorted(told.inputs)), told.output)
        for name in names
    ]
    others = sorted(path for path in shipped("prompts").glob("*/*") if path.is_file())
    beside = "\n".join(f"- `prompts/{path.parent.name}/{path.name}`" for path in others)
    made = MADE.format(source="the headers in prompts/")
    sandbox = "Each is filled in a sandbox; what comes from a brief or a model enters as quoted data."
    table = _table(("prompt", "what it is for", "what it is given", "what comes back"), rows)
    lie = "Beside them lie phrases to compose with, and cards:"
    return f"# Prompts\n\n{made}\n\n{sandbox}\n\n{table}\n\n{lie}\n\n{beside}\n"


def commands_page() -> str:
    """Return every command with its arguments and options."""
    told = "\n\n".join(_command(path, command) for path, command in commands(typer.main.get_command(app)))
    made = MADE.format(source="`aboveboard --help`")
    codes = "Exit codes: 0 done, 1 something was found, 2 bad input or settings, 3 the brief is refused."
    return f"# Commands\n\n{made}\n\n{codes}\n\n{told}\n"


def commands(group: click.Command, path: str = "aboveboard") -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with the words that call it."""
    if not isinstance(group, click.Group):
        yield path, group
        return
    for name, command in group.commands.items():
        yield from commands(command, f"{path} {name}")


def _command(path: str, command: click.Command) -> str:
    arguments = " ".join(
        param.make_metavar(click.Context(command)) for param in command.params if _is_argument(param)
    )
    rows = [(_named(param), getattr(param, "help", None) or "") for param in command.params]
    return f"## {path}\n\n`{path} {arguments}`: {command.help}\n\n".replace(" `:", "`:") + _table(("", ""), rows)


def _named(param: click.Parameter) -> str:
    if _is_argument(param):
        return f"`{(param.name or '').upper()}`"
    return ", ".join(f"`{name}`" for name in (*param.opts, *param.secondary_opts))


def _is_argument(param: click.Parameter) -> bool:
    return param.param_type_name == "argument"


def backdrop_page() -> str:
    """Return the backdrop model's card: what it is, how training went, what it can't do."""
    card = json.loads((BACKDROP / "card.json").read_bytes())
    made = card["made"]
    losses = made["losses"]
    steps = ", ".join(str((place + 1) * made["steps"] // len(losses)) for place in range(len(losses)))
    chart = (
        "```mermaid\nxychart-beta\n"
        '    title "Loss while training, mean of each stretch"\n'
        f'    x-axis "step" [{steps}]\n    y-axis "loss" 0 --> {max(losses[1:]):.2f}\n'
        f"    line [{', '.join(f'{loss:.4f}' for loss in losses)}]\n```"
    )
    rows = [(one["step"], one["bend"], one["variety"], one["calm"], one["off"]) for one in made["measured"]]
    told = (HERE / "backdrop-model.in.md").read_text(encoding="utf-8")
    figures = {
        "motifs": ", ".join(card["motifs"]),
        "megabytes": f"{card['weights']['bytes'] / 1e6:.1f}",
        "designs": f"{made['designs']:,}",
        "steps": f"{made['steps']:,}",
        "kept": f"{made['kept']:,}",
        "hours": made["hours"],
        "seed": made["seed"],
        "chart": chart,
        "measured": _table(("step", "bend", "variety", "calm", "off"), rows),
    }
    return told.format(made=MADE.format(source="docs/backdrop-model.in.md and the weights' card.json"), **figures)


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    titles = list(head)
    lines = [
        titles,
        ["---"] * len(titles),
        *([str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


PAGES = {
    "policy.md": policy_page,
    "channels.md": channels_page,
    "prompts.md": prompts_page,
    "commands.md": commands_page,
    "backdrop-model.md": backdrop_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
