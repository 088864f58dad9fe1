"""Traces: off by default, one tree from the request to the execution, and nothing of a person in a span."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from astra_pipeline import tracing
from astra_pipeline.orchestration.task_requests import KEY_TAG
from astra_pipeline_tests.api.doors import signed_in
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.pipeline import run_pipeline

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider)
    yield exporter
    tracing.forget()


def told(spans: InMemorySpanExporter) -> str:
    return " ".join(span.to_json() for span in spans.get_finished_spans())


def ids(span: ReadableSpan) -> SpanContext:
    found = span.context
    assert found is not None
    return found


def one(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    (found,) = [span for span in spans.get_finished_spans() if span.name == name]
    return found


def test_nothing_of_opentelemetrys_sdk_is_loaded_while_traces_are_off() -> None:
    code = (
        "import sys; from astra_pipeline import tracing\n"
        "with tracing.span('x') as span: span.set(a=1)\n"
        "assert tracing.traceparent() is None\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run([sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_span_goes_on_where_another_process_began_and_links_the_one_at_work(spans: InMemorySpanExporter) -> None:
    with tracing.span("run") as run, tracing.span("item", parent=PARENT) as item:
        run.set(astra__items=1)
        item.fail("NotFound")
        assert tracing.traceparent() is not None
    child, above = one(spans, "item"), one(spans, "run")
    assert child.parent is not None
    assert f"{child.parent.trace_id:032x}" == PARENT.split("-")[1]
    assert [link.context.span_id for link in child.links] == [ids(above).span_id]
    assert child.attributes == {"error.type": "NotFound"}
    assert above.attributes == {"astra.items": 1}


@pytest.mark.parametrize("parent", [None, "", "00-zz-1-01", "of nobody", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_malformed_parent_is_none(spans: InMemorySpanExporter, parent: str | None) -> None:
    with tracing.span("alone", parent=parent):
        pass
    assert one(spans, "alone").parent is None


def test_an_error_is_told_by_its_class_alone(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="Mogra"), tracing.span("fails"):
        raise ValueError("Mogra said so")
    assert "Mogra" not in told(spans)
    assert one(spans, "fails").attributes == {"error.type": "ValueError"}


def test_a_run_continues_the_trace_of_the_request_that_asked_for_it(
    world: World, instance: dg.DagsterInstance, spans: InMemorySpanExporter
) -> None:
    world.join("user_asha")
    talk = world.talk("user_asha", "My cat is called Marmalade.")
    request: dict[str, Any] = {"_id": "req_1", "kind": "transcript", "user_id": "user_asha", "item": talk}
    request |= {"conversation_id": talk, "status": "running", "asked": {"key": "k", "at": recently(), "times": 1}}
    request |= {"requested_by": {"kind": "person", "id": "user_asha"}, "requested_at": recently(), "dedupe": "d"}
    request |= {"expires_at": recently(), "trace": {"request_id": "of-the-log", "traceparent": PARENT}}
    world.db["astra_task_requests"].insert_one(request)
    run_pipeline(instance, tags={KEY_TAG: "k"})
    items = [span for span in spans.get_finished_spans() if span.name == "item conversation_insights"]
    assert [f"{ids(span).trace_id:032x}" for span in items] == [PARENT.split("-")[1]]
    execution = one(spans, "execute transcript-processor")
    assert execution.parent is not None
    assert execution.parent.span_id == ids(items[0]).span_id
    assert execution.attributes is not None
    assert execution.attributes["gen_ai.operation.name"] == "chat"
    run = one(spans, "run conversation_pipeline")
    assert [link.context.trace_id for link in items[0].links] == [ids(run).trace_id]
    for secret in ("user_asha", talk, "Marmalade"):
        assert secret not in told(spans)


@pytest.mark.anyio
async def test_a_request_is_a_span_by_its_template(world: World, opened, spans: InMemorySpanExporter) -> None:
    asha = signed_in(world.db, "user_asha")
    async with opened() as api:
        path = "/api/tasks/requests/req_of_asha?user_id=user_asha"
        await api.client.get(path, headers=asha | {"traceparent": PARENT})
    span = one(spans, "GET")
    assert span.parent is not None
    assert span.attributes == {
        "http.request.method": "GET",
        "http.response.status_code": 404,
        "http.route": "/api/tasks/requests/{request_id}",
    }
    assert "asha" not in told(spans)
