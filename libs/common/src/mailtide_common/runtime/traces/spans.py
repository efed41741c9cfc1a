"""The interface for reporting spans. OpenTelemetry is imported only if a collector is configured."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from mailtide_common.contracts.codec import Encoded, Record
from mailtide_common.contracts.topics import Topic

NylasObserver = Callable[[str, str, float], None]
"""Called after each attempt of a call to Nylas, with the endpoint's template, the outcome and the seconds."""


class Served:
    """A request that is being handled."""

    def __init__(self, traceparent: str | None) -> None:
        self.traceparent = traceparent
        """W3C trace context for the work that the request causes, or None."""

    def answered(self, status: int) -> None:
        """Record the HTTP status of the response."""


class Spans:
    """Discards spans. A subclass reports them.

    `serving`, `sending` and `processing` return context managers, which enclose the work of a span. They
    yield the request or the records, to which a subclass adds the trace contexts of their spans.
    """

    def serving(self, method: str, route: str, traceparent: str | None) -> AbstractContextManager[Served]:
        """Enclose the handling of a request.

        Args:
            method: HTTP method.
            route: template of the path.
            traceparent: W3C trace context that the client sent, as received.
        """
        del method, route
        return nullcontext(Served(traceparent))

    def sending(
        self, records: Sequence[tuple[Topic, Encoded]]
    ) -> AbstractContextManager[Sequence[tuple[Topic, Encoded]]]:
        """Enclose the sending of records until Kafka acknowledges them. Each record has a span."""
        return nullcontext(records)

    def processing(self, records: Sequence[Record], group: str) -> AbstractContextManager[Sequence[Record]]:
        """Enclose the processing of records by a consumer group. Each record has a span."""
        del group
        return nullcontext(records)

    def begun(self, name: str, traceparent: str) -> None:
        """Report a span that begins a new trace.

        Args:
            name: the span's name.
            traceparent: W3C trace context with the ids of the trace and of the span.
        """

    def with_calls(self, observe: NylasObserver) -> NylasObserver:
        """Return an observer that calls `observe`, and reports a span for each attempt of a call to Nylas."""
        return observe

    async def aclose(self) -> None:
        """Export the remaining spans. Spans that are not accepted within `SPANS_SECONDS` are lost."""


OFF = Spans()


def spans_to(endpoint: str | None, service: str) -> Spans:
    """Return the object that reports the spans of a process.

    Args:
        endpoint: base URL of a collector's OTLP/HTTP receiver, such as `http://collector:4318`. If it is
            None, spans are discarded.
        service: the service's name, without the prefix `mailtide-`, which is added.
    """
    if endpoint is None:
        return OFF
    from .otlp import OtlpSpans  # noqa: PLC0415 - its imports cost time and memory

    return OtlpSpans(endpoint, f"mailtide-{service}")
