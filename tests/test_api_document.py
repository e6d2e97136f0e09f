"""The API keeps to its own OpenAPI document, whatever it is sent, and never breaks."""

import pytest
import schemathesis
from desk_parts import served
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import booleans
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from aboveboard.people import ROLES

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


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with served(tmp_path_factory.mktemp("desk") / "workspace", 'desk_url = "http://testserver"\n') as desk:
        yield desk


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
