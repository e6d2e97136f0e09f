"""The runs that came to nothing, and trying them again from where they were."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from aboveboard import drafting
from aboveboard.errors import AboveboardError
from aboveboard.project import Project, open_project
from aboveboard.running import Run, find_run, latest_runs, stop_strays, unmended

if TYPE_CHECKING:
    from aboveboard.producing import Produced, Watch


class Tried(NamedTuple):
    """A run that was tried again: what came of it, or what is wrong with it."""

    run: Run
    done: "Produced | None"
    problems: tuple[str, ...]


def list_runs(workspace: Path, failed: bool) -> list[Run]:
    """Return the latest runs, the newest first, or those to be tried again."""
    with open_project(workspace) as project:
        engine = project.store.engine
        if failed:
            return unmended(engine)
        stop_strays(engine)
        return latest_runs(engine, limit=100)


def retry(workspace: Path, run: str | None, actor: str, watch: "Watch") -> list[Tried]:
    """Produce again the brief of one run, or of each run that failed or was stopped; one's fault stops no other.

    What was made is kept and nothing is paid twice. Raises StoreError where there is no such run.
    """
    from aboveboard.producing import one_by_one, produce

    tried = []
    with open_project(workspace, actor) as project:
        engine = project.store.engine
        for one in [find_run(engine, run)] if run else unmended(engine):
            try:
                done = produce(project, brief_of(project, one), one_by_one, watch)
                tried.append(Tried(one, done, ()))
            except AboveboardError as error:
                tried.append(Tried(one, None, tuple(error.problems)))
    return tried


def brief_of(project: Project, run: Run) -> Path:
    """Return where the brief of a run lies."""
    return drafting.place_of(project, run.brief) if drafting.NAME.fullmatch(run.brief) else Path(run.brief)
