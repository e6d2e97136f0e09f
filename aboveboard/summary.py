"""A run in a line and in Markdown, for Prefect: what became of every draft, and by which rules. No copy in it."""

from collections import Counter

from aboveboard.producing import Produced
from aboveboard.record import Recorded

SIGNS = {"cleared": "✓", "flagged": "!", "blocked": "×"}


def in_short(done: Produced) -> str:
    """Return how many drafts are in which state, in the order a reader cares for: "12 cleared, 1 flagged"."""
    states: Counter[str] = Counter(one.state for one in done.recorded)
    order = [*SIGNS, *sorted(set(states) - set(SIGNS))]
    return ", ".join(f"{states[state]} {state}" for state in order if states[state]) or "nothing made"


def as_markdown(done: Produced) -> str:
    """Return a table with one draft a row, and where the bundle is that has the words."""
    head = [f"# {done.plan.brief.campaign}", "", "| state | slot | variant | rules |", "|---|---|---|---|"]
    return "\n".join([*head, *map(_row, done.recorded), "", f"Bundle: `{done.bundle}`"])


def _row(one: Recorded) -> str:
    draft, rules = one.judged.draft, ", ".join(one.judged.verdict.rules) or "none"
    return f"| {SIGNS.get(one.state, '–')} {one.state} | {draft.slot.id} | {draft.variant} | {rules} |"
