"""A run in Markdown, for Prefect's artifacts: what became of every draft, and why."""

from aboveboard.producing import Produced

SIGNS = {"cleared": "✓", "flagged": "!", "blocked": "×"}


def as_markdown(done: Produced) -> str:
    """Return a table with one draft a row; quotes are escaped, for they are somebody's words."""
    rows = [
        f"| {SIGNS.get(one.state, '–')} {one.state} | {one.judged.draft.slot.id} | {one.judged.draft.variant} "
        f"| {_why(one.judged.verdict.rules)} | {_cell(one.judged.draft.post)} |"
        for one in done.recorded
    ]
    head = [
        f"# {done.plan.brief.campaign}",
        "",
        "| state | slot | variant | rules | post |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, "", f"Bundle: `{done.bundle}`"])


def _why(rules: tuple[str, ...]) -> str:
    return ", ".join(rules) or "none"


def _cell(text: str) -> str:
    flat = " ".join(text.split())
    return "".join(f"\\{char}" if char in "|<>[]`*_#\\" else char for char in flat)
