"""Watching a run: a bar with the finished posts above it, a log, or nothing."""

import logging
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from aboveboard.draft import Judged
from aboveboard.plan import EditorialPlan
from aboveboard.producing import STEPS, Job
from aboveboard.telling import brief_of

SIGNS = {"pass": "[green]✓[/green]", "review": "[yellow]![/yellow]", "block": "[red]×[/red]"}


class SilentWatch:
    """Says nothing: the result is said at the end."""

    def planned(self, plan: EditorialPlan, jobs: Sequence[Job]) -> None: ...
    def reached(self, step: str, job: Job, judged: Judged) -> None: ...
    def painting(self, job: Job, done: int, of: int) -> None: ...


class LogWatch:
    """One line a step to a logger; no copy in it, only names, verdicts and rules."""

    def __init__(self, logger: logging.Logger | logging.LoggerAdapter[logging.Logger]) -> None:
        self._logger = logger

    def planned(self, plan: EditorialPlan, jobs: Sequence[Job]) -> None:
        self._logger.info("%s: %d slots, %d drafts to make", plan.brief.campaign, len(plan.slots), len(jobs))

    def reached(self, step: str, job: Job, judged: Judged) -> None:
        rules = ", ".join(judged.verdict.rules)
        self._logger.info("%s %s: %s%s", job, step, judged.verdict.outcome, f" ({rules})" if rules else "")

    def painting(self, job: Job, done: int, of: int) -> None:
        self._logger.info("%s painting: step %d of %d", job, done, of)


class BarWatch:
    """A progress bar over all steps; each finished post is printed above it with its verdict."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True)
        self._bar = self._progress.add_task("Reading the brief", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def planned(self, plan: EditorialPlan, jobs: Sequence[Job]) -> None:
        self._progress.update(self._bar, total=len(jobs) * len(STEPS), description="Starting the models")

    def painting(self, job: Job, done: int, of: int) -> None:
        self._progress.update(self._bar, description=f"painting {job}, step {done} of {of}")

    def reached(self, step: str, job: Job, judged: Judged) -> None:
        self._progress.update(self._bar, advance=1, description=f"{step} {job}")
        if step == STEPS[-1]:
            slot, opening = job.slot, brief_of(judged.draft.post, 72)
            when = f"{slot.at:%a %d %b %H:%M} {slot.channel:<10}"
            self._progress.console.print(f"{SIGNS[judged.verdict.outcome]} {when} {opening}", overflow="crop")
