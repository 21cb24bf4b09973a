"""Spans to OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT is set: webhook, turn, send. Off, nothing is wrapped."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bot import VERSION

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

P = ParamSpec("P")
R = TypeVar("R")

MISSING = (
    "OTEL_EXPORTER_OTLP_ENDPOINT: is set, but OpenTelemetry is not installed: no spans are sent (python -m pip"
    " install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http, or leave it empty)"
)
LEAVE_MILLISECONDS = 2000


class Tracing:
    """A provider of our own: nothing global is set."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace import Status, StatusCode

        self._provider, self._tracer = provider, provider.get_tracer("svar", VERSION)
        self._failed: Callable[[str], Status] = lambda kind: Status(StatusCode.ERROR, kind)

    def wrap(
        self, name: str, work: Callable[P, Awaitable[R]], about: Callable[P, Mapping[str, str]]
    ) -> Callable[P, Coroutine[Any, Any, R]]:
        """`work` in a span with the ids that `about` reads off its arguments; of an error only its kind."""

        @wraps(work)
        async def traced(*args: P.args, **kwargs: P.kwargs) -> R:
            with self._tracer.start_as_current_span(
                name, attributes=about(*args, **kwargs), record_exception=False, set_status_on_exception=False
            ) as span:
                try:
                    return await work(*args, **kwargs)
                except Exception as error:
                    span.set_status(self._failed(type(error).__name__))
                    raise

        return traced

    async def stop(self) -> None:
        await asyncio.to_thread(self._provider.force_flush, LEAVE_MILLISECONDS)
        await asyncio.to_thread(self._provider.shutdown)


def begin(endpoint: str, exporter: "SpanExporter | None" = None) -> Tracing | str:
    """What wraps, or a sentence that says why nothing is. `exporter` stands in for the one over HTTP."""
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        if exporter is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")
    except ImportError:
        return MISSING
    provider = TracerProvider(
        resource=Resource({"service.name": "svar", "service.version": VERSION}), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(provider)
