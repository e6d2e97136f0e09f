"""What the command line says of a run: the slots of a dry run, what became of every draft, where the bundle is."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from aboveboard.record import Recorded
from aboveboard.telling import COLOURS, SIGNS, brief_of, plain, print_json, show_rows, stdout

if TYPE_CHECKING:
    from aboveboard.plan import EditorialPlan
    from aboveboard.producing import Produced
    from aboveboard.recalling import Recall
    from aboveboard.retrying import Tried
    from aboveboard.running import Run


def show_plan(plan: "EditorialPlan", as_json: bool) -> None:
    """Show a dry run: every slot, nothing made."""
    if as_json:
        print_json([slot.model_dump(mode="json") for slot in plan.slots])
        return
    rows = [
        (f"{slot.at:%a %d %b %Y %H:%M}", slot.channel, slot.language, slot.focus, "picture" if slot.image else "")
        for slot in plan.slots
    ]
    show_rows(("when", "channel", "language", "leads with", ""), rows)
    typer.echo(f"{plan.brief.campaign}: {len(plan.slots)} slots. No model was called and nothing was written.")


def show_produced(done: "Produced", as_json: bool) -> None:
    """Show what became of every draft, why, and where the bundle is."""
    if as_json:
        print_json(_as_json(done))
        return
    shown = [one for one in done.recorded if one.state != "superseded"]
    if sys.stdout.isatty():
        show_rows(("", "when", "channel", "post", "rules"), [_row(one) for one in shown], squeeze="post")
    else:
        show_rows(("state", "slot", "rules"), [_line(one) for one in shown])
    console = stdout()
    console.print(_tally(done))
    for finding in done.plan_findings:
        told = f"the plan as a whole: {plain(finding.message)} {plain(finding.fix)}"
        console.print(f"[yellow]![/yellow] {told}", soft_wrap=True)
    if any(one.state == "flagged" for one in done.recorded):
        console.print("Look at what waits: aboveboard review list")
    console.print(f"Bundle: {plain(str(done.bundle / 'index.html'))}", soft_wrap=True)


def _row(one: Recorded) -> tuple[str, ...]:
    draft = one.judged.draft
    colour = COLOURS.get(one.state, "dim")
    when = f"{draft.slot.at:%a %d %b %H:%M}"
    rules = ", ".join(one.judged.verdict.rules)
    sign = f"[{colour}]{SIGNS[one.state]} {one.state}[/{colour}]"
    return sign, when, draft.slot.channel, brief_of(draft.post, 90), rules


def _line(one: Recorded) -> tuple[str, ...]:
    draft = one.judged.draft
    place = draft.slot.id if draft.variant == "a" else f"{draft.slot.id} {draft.variant}"
    return one.state, place, ", ".join(one.judged.verdict.rules)


def _tally(done: "Produced") -> str:
    states = [one.state for one in done.recorded]
    said = (
        ", ".join(f"{states.count(state)} {state}" for state in COLOURS if state in states) or "Nothing was made"
    )
    cost = done.totals
    if not cost.calls:
        return f"{said}."
    tokens = f"{cost.input_tokens + cost.output_tokens:,} tokens"
    money = f"{cost.money:.4f} {done.currency}, " if cost.money else ""
    calls = f"{cost.calls} model call{'' if cost.calls == 1 else 's'}"
    return f"{said}. {calls}, {tokens}, {money}{cost.milliseconds / 1000:.1f} s of model time."


def _as_json(done: "Produced") -> dict[str, Any]:
    return {
        "plan": done.plan.id,
        "campaign": done.plan.brief.campaign,
        "bundle": str(done.bundle),
        "totals": done.totals.model_dump(mode="json"),
        "plan_findings": [finding.model_dump(mode="json") for finding in done.plan_findings],
        "drafts": [_draft_as_json(one) for one in done.recorded],
    }


def _draft_as_json(one: Recorded) -> dict[str, Any]:
    return {
        "id": one.id,
        "slot": one.judged.draft.slot.id,
        "variant": one.judged.draft.variant,
        "state": one.state,
        "post": one.judged.draft.post,
        "verdict": one.judged.verdict.model_dump(mode="json"),
        "findings": [finding.model_dump(mode="json") for finding in one.judged.inspection.findings],
        "usage": [use.model_dump(mode="json") for use in one.judged.usage],
    }


def show_recalled(recalled: "Sequence[Recall]", as_json: bool, dry_run: bool) -> None:
    """Say what goes back to the queue, and why; nothing where all stands."""
    if as_json:
        print_json([{"draft": r.one.id, "plan": r.one.plan_id, "reasons": r.reasons} for r in recalled])
        return
    for one in recalled:
        slot = plain(one.one.judged.draft.slot.id)
        stdout().print(f"{'would go back' if dry_run else 'recalled'}  {slot}  {one.one.id[:12]}")
        for reason in one.reasons:
            stdout().print(f"    {plain(reason)}", soft_wrap=True)


RUN_SIGNS = {"done": "[green]✓[/green]", "failed": "[red]×[/red]", "stopped": "[yellow]–[/yellow]", "running": "…"}


def show_runs(runs: "Sequence[Run]", as_json: bool) -> None:
    """Show runs, and what stopped those that came to nothing."""
    if as_json:
        print_json([run._asdict() for run in runs])
        return
    rows = [
        (run.id[:8], f"{run.started_at:%Y-%m-%d %H:%M}", f"{RUN_SIGNS[run.state]} {run.state}", plain(run.brief),
         plain(run.actor), plain(run.told.splitlines()[0] if run.told else ""))
        for run in runs
    ]  # fmt: skip
    show_rows(("run", "began (UTC)", "state", "brief", "by", "what was wrong"), rows, squeeze="what was wrong")


def show_retried(tried: "Sequence[Tried]", as_json: bool) -> None:
    """Say what came of each run that was tried again; nothing where there was none."""
    from aboveboard.summary import in_short

    came_to = [in_short(one.done) if one.done else "" for one in tried]
    if as_json:
        told = zip(tried, came_to, strict=True)
        print_json([{"run": one.run.id, "came_to": what, "problems": one.problems} for one, what in told])
        return
    for one, what in zip(tried, came_to, strict=True):
        stdout().print(f"{RUN_SIGNS['failed' if one.problems else 'done']} {plain(one.run.brief)}  {what}")
        for problem in one.problems:
            stdout().print(f"    {plain(problem)}", soft_wrap=True)
