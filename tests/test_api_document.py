"""The API keeps to its own OpenAPI document, whatever it is sent, and never breaks."""

import re
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
import schemathesis
from bundling import workspace
from desk_parts import HERE, routes, served, served_at
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import booleans
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from aboveboard.people import ROLES
from aboveboard.starting import produce_here
from aboveboard.watching import SilentWatch

MODEST = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# What a schema can't say is refused with 422: a time zone that isn't one, a cursor that is none of ours.
OPERATIONS = [
    ("get", "/me"),
    ("get", "/campaigns"),
    ("get", "/assets"),
    ("get", "/assets/{plan}/{draft}"),
    ("post", "/assets/{plan}/{draft}/decisions"),
    ("get", "/assets/{plan}/{draft}/comments"),
    ("post", "/assets/{plan}/{draft}/comments"),
    ("post", "/check"),
    ("get", "/policy"),
    ("get", "/policy/rules/{id}"),
    ("get", "/ledger"),
    ("get", "/pictures/{digest}"),
]
UNSAYABLE = [positive_data_acceptance]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def desk(request, tmp_path_factory):
    """Return a desk, once on each kind of database: what one holds the other may refuse."""
    root, toml = tmp_path_factory.mktemp("desk") / "workspace", 'desk_url = "http://testserver"\n'
    if request.param == "sqlite":
        with served(root, toml) as desk:
            yield desk
        return
    with schema_of_its_own(request.getfixturevalue("postgres")) as url:
        workspace(root)
        toml += f'database_url = "{url}"\n'
        with served_at(
            root, toml, before=lambda: produce_here(root, root / "brief.json", "", SilentWatch())
        ) as desk:
            yield desk


@contextmanager
def schema_of_its_own(postgres):
    schema = f"test_{uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        yield f"{postgres}{'&' if '?' in postgres else '?'}options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture(scope="module")
def document(desk):
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", desk.app)


@pytest.mark.parametrize("mode", GenerationMode, ids=str)
@pytest.mark.parametrize("method, path", OPERATIONS)
def test_every_answer_is_as_documented(desk, document, method, path, mode):
    """Sends what the document allows, and what it doesn't, with a token of each role."""
    one = desk.project.store.judged(desk.project.store.plans()[0].id)[0]

    @MODEST
    @given(case=document[path][method].as_strategy(generation_mode=mode), there=booleans())
    def holds(case, there):
        if there and "draft" in (case.path_parameters or {}):
            case.path_parameters |= {"plan": one.plan_id, "draft": one.id}
        for role in ROLES:
            headers = {"Authorization": f"Bearer {desk.tokens[role]}"}
            case.call_and_validate(headers=headers, excluded_checks=UNSAYABLE)

    holds()


def test_no_operation_is_left_out(document):
    told = {(method, path) for path, item in document.raw_schema["paths"].items() for method in item}
    assert told == set(OPERATIONS)


def test_the_document_tells_of_every_field_and_every_refusal(desk):
    told = desk.client().get("/api/v1/openapi.json").json()
    ours = {name: one for name, one in told["components"]["schemas"].items() if name not in ELSEWHERE}
    silent = [
        (name, field)
        for name, one in ours.items()
        for field, says in one.get("properties", {}).items()
        if "description" not in says
    ]
    assert silent == []
    for path in told["paths"].values():
        for operation in path.values():
            assert {"400", "401", "403", "422"} <= set(operation["responses"]) and operation["security"]


ELSEWHERE = {
    "Finding",
    "Evidence",
    "Support",
    "Attempt",
    "Picture",
    "Law",
    "Thresholds",
}  # told by their own pages


def test_what_a_database_can_t_hold_is_kept_as_it_can(desk):
    """PostgreSQL takes neither NUL nor half a surrogate pair; both reach us inside JSON's escapes."""
    one, program = desk.project.store.queue()[0], desk.bearer("author")
    program.headers["Content-Type"] = "application/json"
    path = f"{HERE}/api/v1/assets/{one.plan_id}/{one.id}"
    said = program.post(f"{path}/comments", content=rb'{"text": "a\u0000b"}', headers={"Idempotency-Key": "k"})
    again = program.post(f"{path}/comments", content=rb'{"text": "a\u0000b"}', headers={"Idempotency-Key": "k"})
    assert said.status_code == 201, said.text
    assert (said.status_code, said.json()["text"], again.content) == (201, "a\ufffdb", said.content)
    assert program.post(f"{path}/comments", content=rb'{"text": "\ud800"}').status_code == 422
    body = b'{"action": "reject", "reason": "no\\u0000", "seen": "%s"}' % one.id.encode()
    told = {"Content-Type": "application/json"}
    assert desk.bearer("admin").post(f"{path}/decisions", content=body, headers=told).status_code == 201
    program = desk.bearer("reviewer")
    first = program.get(f"{HERE}/api/v1/assets", params={"limit": 2}).json()
    rest = program.get(f"{HERE}/api/v1/assets", params={"cursor": first["next"]}).json()
    ids = [one["draft"] for one in first["items"] + rest["items"]]
    assert rest["next"] is None and sorted(ids) == sorted(one.id for one in desk.project.store.judged(one.plan_id))
    assert program.get(f"{HERE}/api/v1/ledger").json()["items"][-1]["kind"] == "decision.reject"


ODD = ["%00", "%ED%A0%80", "x" * 3000, "%2e%2e%2f", "-1", "' OR 1=1 --", "%F0%9F%92%A3"]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_nothing_odd_in_an_address_breaks_a_page(desk, odd):
    browser, broken = desk.client("admin", raise_server_exceptions=False), []
    for method, path, rights in routes(desk.app):
        if not path.startswith(("/api/", "/sign-out")) and rights:
            answer = browser.request(
                method, f"{re.sub(r'{[^}]+}', odd, path)}?campaign={odd}&rule={odd}&after={odd}"
            )
            broken += [(method, path, answer.text[-300:])] if answer.status_code >= 500 else []
    assert broken == []
