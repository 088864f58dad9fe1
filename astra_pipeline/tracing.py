"""Traces (extra `otel`): spans of requests, runs, batches, items and executions, sent by OTLP over HTTP.

Off unless OTEL_EXPORTER_OTLP_ENDPOINT is set; without it nothing of OpenTelemetry is imported. A span has names,
counts and kinds: no id of a person or conversation, no word of anybody. An error is told by its class alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import structlog

from astra_pipeline.settings import settings

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider

log = structlog.get_logger(__name__)

Value = str | int | float | bool
_SERVICE = "astra-pipeline"
_FLUSHED_WITHIN_MS = 5_000


class Span:
    """A span at work; without traces it takes everything and does nothing."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def set(self, **attributes: Value) -> None:
        """Note attributes. A double underscore stands for a dot: gen_ai__system is `gen_ai.system`."""
        if self._span is not None:
            self._span.set_attributes({name.replace("__", "."): value for name, value in attributes.items()})

    def fail(self, error: str) -> None:
        """Note that the work failed, by the error's class."""
        if self._span is not None:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_attribute("error.type", error)
            self._span.set_status(Status(StatusCode.ERROR, error))


@contextmanager
def span(
    name: str,
    *,
    kind: Literal["internal", "server", "client", "consumer"] = "internal",
    parent: str | None = None,
    **attributes: Value,
) -> Iterator[Span]:
    """A span for the block, below the one at work, or below `parent`, a W3C `traceparent` of another process.

    With a `parent` the span at work is linked, so that both the request's trace and the run's lead to it.
    """
    provider = _provider()
    if provider is None:
        yield Span()
        return
    from opentelemetry import trace

    above = context_of(parent)
    current = trace.get_current_span().get_span_context()
    with provider.get_tracer(_SERVICE).start_as_current_span(
        name,
        context=above,
        kind=trace.SpanKind[kind.upper()],
        links=[trace.Link(current)] if above is not None and current.is_valid else (),
        record_exception=False,
        set_status_on_exception=False,
    ) as started:
        own = Span(started)
        own.set(**attributes)
        try:
            yield own
        except BaseException as error:
            own.fail(type(error).__name__)
            raise


def traceparent() -> str | None:
    """The W3C `traceparent` of the span at work; None without one."""
    if _provider() is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")


def context_of(parent: str | None) -> Context | None:
    """The context below which a span of that `traceparent` starts; None for none, and for one that is malformed."""
    if not parent:
        return None
    from opentelemetry import trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    context = TraceContextTextMapPropagator().extract({"traceparent": parent})
    return context if trace.get_current_span(context).get_span_context().is_valid else None


def flush() -> None:
    """Send what was not sent yet: a run's process may end without a word."""
    if _provider.cache_info().currsize and (provider := _provider()) is not None:
        provider.force_flush(_FLUSHED_WITHIN_MS)


def is_on() -> bool:
    """Whether spans are made."""
    return _provider() is not None


def forget() -> None:
    """Look at the settings again at the next span."""
    flush()
    _provider.cache_clear()


def use(provider: TracerProvider) -> Mapping[str, Any]:
    """Make spans with this provider from now on (tests). `forget` ends it."""
    _provider.cache_clear()
    _CHOSEN["provider"] = provider
    return _CHOSEN


_CHOSEN: dict[str, Any] = {}


@lru_cache(maxsize=1)
def _provider() -> TracerProvider | None:
    if chosen := _CHOSEN.pop("provider", None):
        return chosen
    if not settings().otel_exporter_otlp_endpoint:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("no traces: OTEL_EXPORTER_OTLP_ENDPOINT is set and the extra `otel` is not installed")
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": _SERVICE}))
    # It reads the endpoint and its headers from the environment, as OpenTelemetry's own documentation says.
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
