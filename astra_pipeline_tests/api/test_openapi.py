"""The running service keeps its OpenAPI document: requests made from it, and broken ones, meet no surprise.

schemathesis makes the requests. Each operation is asked by somebody signed in, by a service and by nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from astra_pipeline_tests.api.asked import charted
from astra_pipeline_tests.api.doors import SERVICE
from astra_pipeline_tests.api.every_route import PERSONAL
from astra_pipeline_tests.api.test_server import serving
from astra_pipeline_tests.conftest import World

if TYPE_CHECKING:
    from astra_pipeline_tests.api.test_server import Server

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 12
_SECONDS = 30


@pytest.fixture
def server(world: World, api_environment: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path) as server:
        yield server


def test_no_request_of_the_document_breaks_it(world: World, server: Server) -> None:
    asha = charted(world, "user_asha", overview={"preferences": {"hinglish_level": 40}})
    schema = schemathesis.openapi.from_url(f"{server.url}/api/tasks/openapi.json")
    asked: set[tuple[str, str]] = set()
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), "the document itself is broken"
        operation = result.ok()
        cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

        @hypothesis.settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @hypothesis.given(case=cases, caller=st.sampled_from(("asha", "a service", "nobody")))
        def keep(case: Case, caller: str) -> None:
            headers: dict[str, str] = {"asha": asha, "a service": SERVICE, "nobody": {}}[caller]
            _name(case, "user_asha" if caller == "a service" else None)
            answer = case.call(headers=headers, timeout=_SECONDS)
            case.validate_response(answer, checks=CHECKS)

        keep()
        asked.add((operation.method.upper(), operation.path))
    assert asked == PERSONAL.keys()


def _name(case: Case, user_id: str | None) -> None:
    """Let the request name this person where it may name one: a made-up name ends at the door every time."""
    for part in (case.query, case.body):
        if isinstance(part, dict) and isinstance(part.get("user_id"), str):
            part["user_id"] = user_id or ""


def test_a_document_that_promises_something_else_is_found_out(world: World, server: Server) -> None:
    """The test above would fail if an answer had another type than its field."""
    asha = charted(world, "user_asha")
    schema = schemathesis.openapi.from_url(f"{server.url}/api/tasks/openapi.json")
    document: dict[str, Any] = schema.raw_schema
    document["components"]["schemas"]["GamificationAnswer"]["properties"]["success"] = {"type": "string"}
    changed = schemathesis.openapi.from_dict(document)
    case = changed["/api/tasks/gamification"]["GET"].Case(query={})
    answer = case.call(base_url=server.url, headers=asha, timeout=_SECONDS)
    with pytest.raises(FailureGroup):
        case.validate_response(answer, checks=CHECKS)
