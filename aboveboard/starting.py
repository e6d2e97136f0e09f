"""How the command line starts a run: in this process, or as a Prefect flow where a server is there to show it.

Without a server, Prefect starts one for the run, which takes it ten to twenty seconds; so `produce` only goes
through Prefect where PREFECT_API_URL names one, or where it is asked to. The order of work is the same.
"""

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from aboveboard.admission import admit
from aboveboard.errors import WorkspaceError
from aboveboard.plan import EditorialPlan
from aboveboard.project import open_project
from aboveboard.reading import read_brief
from aboveboard.scheduling import schedule_slots
from aboveboard.shelves import shipped

if TYPE_CHECKING:  # what a rehearsal needs comes at once; the guards and the models come when there is work
    from aboveboard.producing import Produced, Watch


def wants_prefect(asked: bool | None) -> bool:
    """Whether to run as a flow: as asked, else where the environment names a Prefect server."""
    return bool(os.environ.get("PREFECT_API_URL")) if asked is None else asked


def rehearse(workspace: Path, brief_path: Path) -> EditorialPlan:
    """Read, admit and plan a brief, and do no more."""
    with open_project(workspace) as project:
        brief = admit(read_brief(brief_path, project.root), project.policy)
        return schedule_slots(brief, project.channels, project.identity(brief))


def produce_here(workspace: Path, brief_path: Path, actor: str, watch: "Watch") -> "Produced":
    """Produce in this process, with threads."""
    from aboveboard.producing import one_by_one, produce

    with open_project(workspace, actor) as project:
        return produce(project, brief_path, one_by_one, watch)


def release_here(workspace: Path, campaign: str) -> "Produced":
    """Release in this process."""
    from aboveboard.producing import release

    with open_project(workspace) as project:
        return release(project, project.find_plan(campaign))


def produce_on_prefect(workspace: Path, brief_path: Path, actor: str) -> "Produced":
    """Produce as a Prefect flow run. Raises WorkspaceError where no Prefect server answers."""
    with _server_there():
        done: Produced = a_flow("produce").produce(brief_path=brief_path, workspace=workspace, actor=actor)
    return done


def release_on_prefect(workspace: Path, campaign: str) -> "Produced":
    """Release as a Prefect flow run. Raises WorkspaceError where no Prefect server answers."""
    with _server_there():
        done: Produced = a_flow("release").release(campaign=campaign, workspace=workspace)
    return done


@contextmanager
def _server_there() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if "API" not in str(error):  # only its words tell a missing server from other errors
            raise
        raise WorkspaceError(
            f"Prefect: {error} Start the server that PREFECT_API_URL names, or run with --no-prefect."
        ) from error


def a_flow(name: str) -> ModuleType:
    """Return the module of a flow that ships with us."""
    path = shipped("flows") / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"aboveboard_flow_{name}", path)
    assert spec and spec.loader  # a path to a .py file always has both
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # pydantic looks up by name the module whose types it is given
    spec.loader.exec_module(module)
    return module
