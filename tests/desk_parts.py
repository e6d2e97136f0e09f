"""A desk with somebody of each role, for the tests of its pages and its API."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bundling import finished
from fastapi.testclient import TestClient

from aboveboard import accounts, review
from aboveboard.people import RIGHTS, ROLES, Person
from aboveboard.project import Project, open_project
from aboveboard.record import Recorded
from aboveboard.web.app import make_app

PASSWORD = "a walk along the river"
HERE = "http://localhost"


class Served(NamedTuple):
    """One workspace, served to tests."""

    project: Project
    app: Any
    people: dict[str, Person]  # by role
    tokens: dict[str, str]  # by role: each with every scope

    def client(self, role: str = "", **options: Any) -> TestClient:
        """Return a browser: signed in as somebody of this role, or as nobody."""
        browser = TestClient(self.app, base_url=HERE, follow_redirects=False, **options)
        if role:
            given = {"email": f"{role}@desk.example", "password": PASSWORD}
            assert browser.post("/sign-in", data=given).status_code == 303
        return browser

    def bearer(self, role: str) -> TestClient:
        """Return a program with a token of this role."""
        return TestClient(
            self.app, base_url=f"{HERE}/api/v1", headers={"Authorization": f"Bearer {self.tokens[role]}"}
        )

    def flagged(self) -> Recorded:
        return self.project.store.queue()[0]


@contextmanager
def served(folder: Path, toml: str = "") -> Iterator[Served]:
    """Serve a finished workspace of the test's own, with one person of each role."""
    root = finished(folder)
    with (root / "aboveboard.toml").open("a", encoding="utf-8") as settings:
        settings.write(toml)
    with open_project(root) as project:
        engine = project.store.engine
        _take_back(project)
        everyone = {role: _somebody(engine, role) for role in ROLES}
        app = make_app(project)
        app.state.desk.limiter.hit = lambda *_: True  # type: ignore[attr-defined]  # tests sign in often
        tokens = {
            role: accounts.issue(engine, "token", person, "tests", sorted(RIGHTS[role]))  # type: ignore[index]
            for role, person in everyone.items()
        }
        yield Served(project, app, everyone, tokens)


def csrf(browser: TestClient) -> str:
    """Return what this browser's own pages send along with every change."""
    found = re.search(r'"X-CSRF-Token": "([^"]+)"', browser.get("/me").text)
    assert found
    return found[1]


def _take_back(project: Project) -> None:
    """Have one asset wait again."""
    store = project.store
    approved = next(one for one in store.cleared(store.plans()[0].id) if one.decision)
    review.decide(store, approved.id, "withdraw", actor="Mara", role="editor", policy=project.policy_digest)


def _somebody(engine: Any, role: Any) -> Person:
    _, link = accounts.invite(engine, role.capitalize(), f"{role}@desk.example", role)
    return accounts.accept(engine, link, PASSWORD)
