"""The API keeps to its own OpenAPI document, whatever it is sent, and never breaks."""

import pytest
import schemathesis
from desk_parts import served
from hypothesis import HealthCheck, Phase, settings
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
UNSAYABLE = [positive_data_acceptance]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with served(tmp_path_factory.mktemp("desk") / "workspace") as desk:
        yield desk


@pytest.fixture
def document(desk):
    found = schemathesis.openapi.from_asgi("/api/v1/openapi.json", desk.app)
    return found


schema = schemathesis.pytest.from_fixture("document")


@pytest.mark.parametrize("role", ROLES)
@schema.parametrize()
@MODEST
def test_every_answer_is_as_documented(case, desk, role):
    if case.path_parameters and "draft" in case.path_parameters and len(case.path_parameters["draft"]) % 2:
        one = desk.project.store.judged(desk.project.store.plans()[0].id)[0]
        case.path_parameters |= {"plan": one.plan_id, "draft": one.id}
    headers = {"Authorization": f"Bearer {desk.tokens[role]}"}
    case.call_and_validate(headers=headers, excluded_checks=UNSAYABLE)


def test_the_document_tells_of_every_field_and_every_refusal(desk):
    told = desk.client().get("/api/v1/openapi.json").json()
    ours = {name: one for name, one in told["components"]["schemas"].items() if name not in ELSEWHERE}
    silent = [
        (name, field)
        for name, one in ours.items()
        for field, says in one["properties"].items()
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
