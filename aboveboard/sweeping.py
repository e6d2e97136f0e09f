"""Which briefs are to be produced by themselves: whatever lies in briefs/ and has no plan yet, as it reads now.

A brief that failed is tried again at growing intervals, and at once when its file has changed: nobody is told of
the same mistake every five minutes.
"""

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

from aboveboard.admission import admit
from aboveboard.clock import now
from aboveboard.drafting import names, place_of
from aboveboard.errors import AboveboardError
from aboveboard.project import Project
from aboveboard.reading import read_brief
from aboveboard.rejudging import worked_on
from aboveboard.running import Run, latest_runs, stop_strays

FIRST, LONGEST = timedelta(minutes=1), timedelta(days=1)  # between two tries of what failed


def due(project: Project) -> list[Path]:
    """Return the files of the briefs that are to be produced now, in order of their names."""
    stop_strays(project.store.engine)
    paths = [place_of(project, name) for name in names(project)]
    return [path for path in paths if _may_be_tried(project, path) and not _made(project, path)]


def next_try(runs: list[Run], changed: datetime) -> datetime | None:
    """Return when a brief may be tried, given its runs, the newest first, and when its file was changed.

    None while it runs. Pure.
    """
    if runs and runs[0].state == "running":
        return None
    failed = list(takewhile(lambda run: run.state != "done" and _ended(run) >= changed, runs))
    if not failed:
        return changed
    pause: timedelta = FIRST * 2 ** min(len(failed) - 1, 20)
    return _ended(failed[0]) + min(LONGEST, pause)


def _ended(run: Run) -> datetime:
    return run.finished_at or run.started_at


def _may_be_tried(project: Project, path: Path) -> bool:
    changed = datetime.fromtimestamp(int(path.stat().st_mtime), tz=UTC)
    at = next_try(latest_runs(project.store.engine, path.stem, 20), changed)
    return at is not None and at <= now()


def _made(project: Project, path: Path) -> bool:
    """Whether there is a plan of this very brief: made, or worked on by people under an earlier policy."""
    try:
        brief = admit(read_brief(path, project.root), project.policy)
    except AboveboardError:
        return False  # producing it says what is wrong, and keeps it
    return project.store.recorded(project.identity(brief)) or worked_on(project, brief) is not None
