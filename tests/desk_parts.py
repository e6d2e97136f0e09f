"""A desk with somebody of each role, for the tests of its pages and its API."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bundling import finished
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Mount

from aboveboard import accounts, review
from aboveboard.people import RIGHTS, ROLES, Person
from aboveboard.project import Project, open_project
from aboveboard.record import Recorded
from aboveboard.web.access import cookie_name, csrf_of, signed
from aboveboard.web.app import make_app

PASSWORD = "seven herons on one pier"
HERE = "http://localhost"


class Served(NamedTuple):
    """One workspace, served to tests."""

    project: Project
    app: Any
    people: dict[str, Person]  # by role
    tokens: dict[str, str]  # by role: each with every scope

    @property
    def engine(self) -> Any:
        return self.project.store.engine

    def client(self, role: str = "", **options: Any) -> TestClient:
        """Return a browser: with a session of somebody of this role, or of nobody."""
        browser = TestClient(self.app, **{"base_url": HERE, "follow_redirects": False, **options})
        if role:
            secret = accounts.issue(self.engine, "session", self.people[role], "tests")
            browser.cookies.set(cookie_name(self.app.state.desk), signed(self.app.state.desk, secret))
            browser.headers["X-CSRF-Token"] = csrf_of(self.app.state.desk, digest_of(secret))
        return browser

    def bearer(self, role: str) -> TestClient:
        """Return a program with a token of this role."""
        return TestClient(
            self.app, base_url=f"{HERE}/api/v1", headers={"Authorization": f"Bearer {self.tokens[role]}"}
        )

    def flagged(self) -> Recorded:
        return self.project.store.queue()[0]


def digest_of(secret: str) -> str:
    """Return what the desk keeps of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


@contextmanager
def served(folder: Path, toml: str = "") -> Iterator[Served]:
    """Serve a finished workspace of the test's own, with one person of each role and an asset that waits."""
    with served_at(finished(folder), toml) as desk:
        _take_back(desk.project)
        yield desk


@contextmanager
def served_at(root: Path, toml: str = "", before: Callable[[], Any] = lambda: None) -> Iterator[Served]:
    """Serve this workspace, with one person of each role."""
    with (root / "aboveboard.toml").open("a", encoding="utf-8") as settings:
        settings.write(toml)
    before()
    with open_project(root) as project:
        engine = project.store.engine
        everyone: dict[str, Person] = {role: _somebody(engine, role) for role in ROLES}
        tokens = {
            role: accounts.issue(engine, "token", everyone[role], "tests", sorted(RIGHTS[role])) for role in ROLES
        }
        yield Served(project, make_app(project), everyone, tokens)


def routes(app: Any, prefix: str = "") -> Iterator[tuple[str, str, tuple[str, ...] | None]]:
    """Yield method, path and the rights of which one is needed, of every route; None where none is named."""
    for route in app.routes:
        if isinstance(route, Mount):
            found = (
                routes(route.app, route.path)
                if isinstance(route.app, FastAPI)
                else [("GET", f"{route.path}/", None)]
            )
            yield from found
        elif hasattr(route, "original_router"):
            yield from routes(route.original_router, prefix)
        else:
            methods = route.methods - {"HEAD"}
            yield from ((method, prefix + route.path, rights_of(route)) for method in methods)


def rights_of(route: Any) -> tuple[str, ...] | None:
    waiting, named = [route.dependant] if hasattr(route, "dependant") else [], None
    while waiting:
        one = waiting.pop()
        named = named or getattr(one.call, "rights", None) or _only(getattr(one.call, "right", None))
        waiting += one.dependencies
    return named


def _only(right: str | None) -> tuple[str, ...] | None:
    return (right,) if right else None


def _take_back(project: Project) -> None:
    """Have one asset wait again."""
    store = project.store
    approved = next(one for one in store.cleared(store.plans()[0].id) if one.decision)
    review.decide(store, approved.id, "withdraw", actor="Mara", role="editor", policy=project.policy_digest)


def _somebody(engine: Any, role: Any) -> Person:
    _, link = accounts.invite(engine, role.capitalize(), f"{role}@desk.example", role)
    return accounts.accept(engine, link, PASSWORD)
