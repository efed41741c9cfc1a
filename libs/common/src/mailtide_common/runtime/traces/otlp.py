"""Exports spans through OpenTelemetry's SDK, with its semantic conventions for messaging and HTTP.

Keys, values and headers of records are never attributes, because they contain ids of mail, or mail.
"""

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from importlib.metadata import version
from time import time_ns

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from mailtide_common.contracts.codec import Encoded, Record
from mailtide_common.contracts.topics import Topic
from mailtide_common.contracts.traces import TRACEPARENT, current_trace, valid_traceparent
from mailtide_common.runtime.stopping import SPANS_SECONDS, within

from .spans import NylasObserver, Served, Spans

EXPORT_SECONDS = 5
"""Time limit of an export, including its retries."""

NANOSECONDS = 1_000_000_000

_forced: ContextVar[SpanContext | None] = ContextVar("forced", default=None)


class _Ids(RandomIdGenerator):
    """Generates random ids, or returns the ids of the trace context in `_forced`."""

    def generate_trace_id(self) -> int:
        forced = _forced.get()
        return super().generate_trace_id() if forced is None else forced.trace_id

    def generate_span_id(self) -> int:
        forced = _forced.get()
        return super().generate_span_id() if forced is None else forced.span_id


class _Answering(Served):
    def __init__(self, span: Span) -> None:
        super().__init__(_traceparent(span))
        self._span = span

    def answered(self, status: int) -> None:
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:
            self._span.set_attribute("error.type", str(status))
            self._span.set_status(Status(StatusCode.ERROR))


class OtlpSpans(Spans):
    """Exports spans in batches, in a separate thread. If the queue is full, its oldest spans are dropped."""

    def __init__(self, endpoint: str, service: str) -> None:
        """Create the exporter. OpenTelemetry itself reads further `OTEL_…` variables.

        `endpoint` is as in `spans_to`, and `service` is the whole `service.name`.
        """
        resource = Resource.create(
            {
                "service.name": service,
                "service.namespace": "mailtide",
                "service.version": version("mailtide-common"),
            }
        )
        self._provider = TracerProvider(resource=resource, id_generator=_Ids(), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("mailtide")

    async def aclose(self) -> None:
        """Export the remaining spans and close, within `SPANS_SECONDS`.

        This runs in a daemon thread, because a thread of an executor would delay the end of the process.
        """
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def shut_down() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(done.set)

        threading.Thread(target=shut_down, name="spans", daemon=True).start()
        await within(SPANS_SECONDS, "spans", done.wait())

    @contextmanager
    def serving(self, method: str, route: str, traceparent: str | None) -> Iterator[Served]:
        attributes = {"http.request.method": method, "http.route": route}
        span = self._start(f"{method} {route}", SpanKind.SERVER, valid_traceparent(traceparent), attributes)
        with _ended([span]):
            yield _Answering(span)

    @contextmanager
    def sending(self, records: Sequence[tuple[Topic, Encoded]]) -> Iterator[Sequence[tuple[Topic, Encoded]]]:
        spans = [self._sending(topic, record, len(records)) for topic, record in records]
        with _ended(spans):
            yield [
                (topic, _within(record, span)) for (topic, record), span in zip(records, spans, strict=True)
            ]

    def _sending(self, topic: Topic, record: Encoded, together: int) -> Span:
        attributes = _messaging("send", topic.name, record.value, together)
        return self._start(f"send {topic.name}", SpanKind.PRODUCER, _parent_of(record), attributes)

    @contextmanager
    def processing(self, records: Sequence[Record], group: str) -> Iterator[Sequence[Record]]:
        spans = [self._processing(record, group, len(records)) for record in records]
        with _ended(spans):
            yield [
                replace(record, trace=_traceparent(span)) for record, span in zip(records, spans, strict=True)
            ]

    def _processing(self, record: Record, group: str, together: int) -> Span:
        attributes = _messaging("process", record.topic, record.value, together) | {
            "messaging.consumer.group.name": group,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
        }
        return self._start(f"process {record.topic}", SpanKind.CONSUMER, record.traceparent, attributes)

    def begun(self, name: str, traceparent: str) -> None:
        token = _forced.set(_context(traceparent))
        try:
            self._start(name, SpanKind.INTERNAL, None, {}).end()
        finally:
            _forced.reset(token)

    def with_calls(self, observe: NylasObserver) -> NylasObserver:

        def called(endpoint: str, outcome: str, seconds: float) -> None:
            observe(endpoint, outcome, seconds)
            self._called(endpoint, outcome, seconds)

        return called

    def _called(self, endpoint: str, outcome: str, seconds: float) -> None:
        method, _, template = endpoint.partition(" ")
        attributes: dict[str, str | int] = {"http.request.method": method, "url.template": template}
        if outcome.isdecimal():
            attributes["http.response.status_code"] = int(outcome)
        if outcome != "ok":
            attributes["error.type"] = outcome
        began = time_ns() - int(seconds * NANOSECONDS)
        span = self._start(endpoint, SpanKind.CLIENT, current_trace.get(), attributes, start_time=began)
        if outcome != "ok":
            span.set_status(Status(StatusCode.ERROR))
        span.end()

    def _start(
        self,
        name: str,
        kind: SpanKind,
        parent: str | None,
        attributes: Mapping[str, str | int | bool],
        *,
        start_time: int | None = None,
    ) -> Span:
        context = (
            Context()
            if parent is None
            else set_span_in_context(NonRecordingSpan(_context(parent)), Context())
        )
        return self._tracer.start_span(name, context, kind, attributes, start_time=start_time)


@contextmanager
def _ended(spans: Sequence[Span]) -> Iterator[None]:
    """End spans after the enclosed work. If the work raises, mark the spans as failed.

    The error's text is left out, because it may quote mail.
    """
    try:
        yield
    except BaseException as error:
        for span in spans:
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(Status(StatusCode.ERROR))
        raise
    finally:
        for span in spans:
            span.end()


def _messaging(operation: str, topic: str, value: bytes | None, together: int) -> dict[str, str | int | bool]:
    attributes: dict[str, str | int | bool] = {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": topic,
        "messaging.message.body.size": len(value or b""),
    }
    if value is None:
        attributes["messaging.kafka.message.tombstone"] = True
    if together > 1:
        attributes["messaging.batch.message_count"] = together
    return attributes


def _within(record: Encoded, span: Span) -> Encoded:
    """Return a record with the span's context as `traceparent`. Return a tombstone unchanged."""
    if record.value is None:
        return record
    others = [(name, value) for name, value in record.headers if name != TRACEPARENT]
    return replace(record, headers=[*others, (TRACEPARENT, _traceparent(span).encode())])


def _parent_of(record: Encoded) -> str | None:
    found = [value for name, value in record.headers if name == TRACEPARENT]
    return valid_traceparent(found[-1].decode("ascii", "replace")) if found else None


def _context(traceparent: str) -> SpanContext:
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )


def _traceparent(span: Span) -> str:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
