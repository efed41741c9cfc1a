"""What the parts of a service report as spans; `Spans` itself keeps none."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from mailtide_common.contracts.codec import Encoded, Record
from mailtide_common.contracts.topics import Topic

NylasObserver = Callable[[str, str, float], None]
"""Called with endpoint template, outcome and seconds of each call."""


class Served:
    """A request that is being answered."""

    def __init__(self, traceparent: str | None) -> None:
        self.traceparent = traceparent
        """Trace context of what the request causes."""

    def answered(self, status: int) -> None:
        """Note the status of the answer."""


class Spans:
    """Where spans go: nowhere.

    Methods return context managers that last as long as the work. Within them a record's trace context is the span's.
    """

    def serving(self, method: str, route: str, traceparent: str | None) -> AbstractContextManager[Served]:
        """A request that is answered.

        Args:
            method: of HTTP.
            route: the path's template.
            traceparent: W3C trace context that the client sent, as received.
        """
        del method, route
        return nullcontext(Served(traceparent))

    def sending(
        self, records: Sequence[tuple[Topic, Encoded]]
    ) -> AbstractContextManager[Sequence[tuple[Topic, Encoded]]]:
        """Records that are sent until the broker acknowledges them."""
        return nullcontext(records)

    def processing(self, records: Sequence[Record], group: str) -> AbstractContextManager[Sequence[Record]]:
        """Records that a consumer group works on."""
        del group
        return nullcontext(records)

    def begun(self, name: str, traceparent: str) -> None:
        """A trace that nothing caused which has a span; `traceparent` becomes its root."""

    def with_calls(self, observe: NylasObserver) -> NylasObserver:
        """Return an observer that also reports calls of Nylas as spans."""
        return observe

    async def aclose(self) -> None:
        """Export what is left, within `SPANS_SECONDS`."""


OFF = Spans()


def spans_to(endpoint: str | None, service: str) -> Spans:
    """Return where the spans of a process go: by OTLP to a collector, or nowhere.

    Args:
        endpoint: base URL of the collector's OTLP/HTTP receiver, such as `http://collector:4318`; None: nowhere.
        service: named as `mailtide-…`.
    """
    if endpoint is None:
        return OFF
    from .otlp import OtlpSpans  # noqa: PLC0415 - what it imports costs time and memory that only traces need

    return OtlpSpans(endpoint, f"mailtide-{service}")
