"""A desk over a small produced workspace, and browsers signed in to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bundling import ASKED, workspace
from starlette.testclient import TestClient

from aboveboard import accounts
from aboveboard.people import ROLES, Role
from aboveboard.project import Project, open_project
from aboveboard.record import Recorded
from aboveboard.starting import produce_here
from aboveboard.watching import SilentWatch
from aboveboard.web.access import csrf_of, signed
from aboveboard.web.app import make_app
from aboveboard.web.desk import open_desk

PASSWORD = "a tap by the river"


@contextmanager
def a_desk(root: Path, **brief: Any) -> Iterator[tuple[Project, dict[str, TestClient]]]:
    """Yield a produced workspace and a browser for each role, by role, and for "nobody"."""
    produce_here(workspace(root, **brief), root / "brief.json", ASKED, SilentWatch())
    with open_project(root) as project:
        app = make_app(project)
        browsers = {role: browser(project, app, role) for role in ROLES}
        yield project, browsers | {"nobody": TestClient(app, base_url="http://localhost", follow_redirects=False)}


def browser(project: Project, app: Any, role: Role, name: str = "") -> TestClient:
    """Return a browser in which a new person of this role is signed in; it sends what their pages would."""
    desk = open_desk(project)
    called = name or f"An {role}"
    person, _ = accounts.invite(desk.engine, called, f"{called.replace(' ', '.')}@example.org", role)
    secret = accounts.issue(desk.engine, "session", person)
    came = accounts.admitted(desk.engine, "session", secret)
    assert came is not None
    client = TestClient(app, base_url="http://localhost", follow_redirects=False)
    client.cookies.set("desk", signed(desk, secret))
    client.headers["X-CSRF-Token"] = csrf_of(desk, came.digest)
    client.headers["HX-Request"] = "true"
    return client


def address(one: Recorded) -> str:
    return f"/assets/{one.plan_id}/{one.id}"
