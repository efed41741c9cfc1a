"""The interface through which services report spans; the class `Spans` itself discards them."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from mailtide_common.contracts.codec import Encoded, Record
from mailtide_common.contracts.topics import Topic

NylasObserver = Callable[[str, str, float], None]
"""Called after each attempt of a call to Nylas, with endpoint template, outcome and seconds."""


class Served:
    """A request that is being handled."""

    def __init__(self, traceparent: str | None) -> None:
        self.traceparent = traceparent
        """Trace context for the work that the request causes; None if there is none."""

    def answered(self, status: int) -> None:
        """Record the HTTP status of the response."""


class Spans:
    """Reports spans; this implementation discards them.

    `serving`, `sending` and `processing` return context managers that enclose the work. They yield the request or the
    records, with the trace contexts of their spans if spans are reported.
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
        """Enclose the sending of records and the wait for their acknowledgement."""
        return nullcontext(records)

    def processing(self, records: Sequence[Record], group: str) -> AbstractContextManager[Sequence[Record]]:
        """Enclose the processing of records by a consumer group."""
        del group
        return nullcontext(records)

    def begun(self, name: str, traceparent: str) -> None:
        """Report a span `name` as the root of the new trace `traceparent`."""

    def with_calls(self, observe: NylasObserver) -> NylasObserver:
        """Return an observer that calls `observe` and reports each attempt of a call to Nylas as a span."""
        return observe

    async def aclose(self) -> None:
        """Export the remaining spans; those not accepted within `SPANS_SECONDS` are lost."""


OFF = Spans()


def spans_to(endpoint: str | None, service: str) -> Spans:
    """Return the object that reports a process's spans: by OTLP to a collector, or not at all.

    Args:
        endpoint: base URL of the collector's OTLP/HTTP receiver, such as `http://collector:4318`; None to discard.
        service: the service's name; spans carry it with the prefix `mailtide-`.
    """
    if endpoint is None:
        return OFF
    from .otlp import OtlpSpans  # noqa: PLC0415 - its imports cost time and memory

    return OtlpSpans(endpoint, f"mailtide-{service}")
