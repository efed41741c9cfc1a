"""Spans of records and requests, as a collector gets them."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator

import pytest
from opentelemetry.semconv._incubating.attributes import (
    error_attributes,
    http_attributes,
    messaging_attributes,
    url_attributes,
)

from mailtide_common.contracts.causes import Cause
from mailtide_common.contracts.codec import Encoded, Record
from mailtide_common.contracts.topics import MESSAGES, NOTIFICATIONS
from mailtide_common.contracts.traces import TRACEPARENT, current_trace, new_traceparent
from mailtide_common.runtime.traces.spans import OFF, Spans, spans_to
from mailtide_harness.publisher import record_of
from mailtide_harness.servers.otlp import Collector, Seen

TRACE = new_traceparent()
CONVENTIONS = {
    value
    for module in (messaging_attributes, error_attributes, http_attributes, url_attributes)
    for name, value in vars(module).items()
    if name.isupper() and isinstance(value, str)
}
"""Every attribute that the conventions name."""


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    with Collector() as collector:
        yield collector


def encoded(traceparent: str | None, value: bytes | None = b"mail") -> Encoded:
    return Encoded(b"grant/mail", value, [] if value is None else Cause(traceparent).headers())


def trace_of(record: Encoded) -> str | None:
    return record_of(MESSAGES, record).traceparent


def by_name(collector: Collector) -> dict[str, Seen]:
    return {span.name: span for span in collector.spans}


async def test_a_request_its_record_and_what_follows_are_one_trace(collector: Collector) -> None:
    spans = spans_to(collector.endpoint, "test")
    with spans.serving("POST", "/hook", TRACE) as served:
        with spans.sending([(NOTIFICATIONS, encoded(served.traceparent))]) as [(_, notification)]:
            pass
        served.answered(200)
    received = record_of(NOTIFICATIONS, notification, 7)
    with spans.processing([received], "worker") as (record,):
        with spans.sending([(MESSAGES, encoded(record.traceparent)), (MESSAGES, encoded(None, None))]):
            pass
        current_trace.set(record.traceparent)
        spans.with_calls(lambda *_: None)("GET /v3/grants/{grant_id}", "503", 0.5)
    await spans.aclose()
    seen = by_name(collector)
    _, trace, client, _ = TRACE.split("-")
    request, sent = seen["POST /hook"], seen["send mail.notifications.v1"]
    processed, call = seen["process mail.notifications.v1"], seen["GET /v3/grants/{grant_id}"]
    published = next(s for s in collector.spans if s.name == "send mail.messages.v1" and s.trace == trace)
    assert {request.trace, sent.trace, processed.trace, call.trace} == {trace}
    assert [request.parent, sent.parent, processed.parent] == [client, request.id, sent.id]
    assert {published.parent, call.parent} == {processed.id}
    assert [s.kind for s in (request, sent, processed, call)] == ["server", "producer", "consumer", "client"]
    assert {s.service for s in collector.spans} == {"mailtide-test"}
    assert processed.attributes == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "mail.notifications.v1",
        "messaging.destination.partition.id": "0",
        "messaging.kafka.offset": 7,
        "messaging.consumer.group.name": "worker",
        "messaging.message.body.size": 4,
    }
    assert call.failed
    assert 0.5 <= call.seconds < 0.6
    assert {name for s in collector.spans for name in s.attributes} <= CONVENTIONS


async def test_failed_work_is_an_error_without_its_text(collector: Collector) -> None:
    spans = spans_to(collector.endpoint, "test")
    record = Record(MESSAGES.name, 0, 0, b"k", b"v", [], 0)
    with pytest.raises(ValueError, match="the subject"), spans.processing([record, record], "g"):
        raise ValueError("the subject of a mail")
    with spans.serving("POST", "/hook", None) as served:
        served.answered(503)
    await spans.aclose()
    assert len(collector.spans) == 3
    assert all(span.failed for span in collector.spans)
    assert {span.attributes["error.type"] for span in collector.spans} == {"ValueError", "503"}
    assert "the subject" not in repr(collector.spans)


async def test_a_trace_that_nothing_caused_has_a_root(collector: Collector) -> None:
    spans = spans_to(collector.endpoint, "test")
    spans.begun("begin delta", TRACE)
    with spans.sending([(MESSAGES, encoded(TRACE))]):
        pass
    await spans.aclose()
    seen = by_name(collector)
    _, trace, root, _ = TRACE.split("-")
    assert (seen["begin delta"].trace, seen["begin delta"].id, seen["begin delta"].parent) == (
        trace,
        root,
        "",
    )
    assert seen["send mail.messages.v1"].parent == root


async def test_a_tombstone_stays_without_headers(collector: Collector) -> None:
    spans = spans_to(collector.endpoint, "test")
    with spans.sending([(MESSAGES, encoded(None, None))]) as [(_, tombstone)]:
        assert tombstone.headers == []
    await spans.aclose()
    (span,) = collector.spans
    assert span.attributes["messaging.kafka.message.tombstone"] is True


@pytest.mark.parametrize("spans", [OFF, spans_to(None, "test")])
def test_without_a_collector_nothing_changes(spans: Spans) -> None:
    record = encoded(TRACE)
    with spans.serving("POST", "/hook", TRACE) as served, spans.sending([(MESSAGES, record)]) as [(_, sent)]:
        assert (served.traceparent, sent) == (TRACE, record)
        served.answered(200)


async def test_a_collector_that_does_not_answer_delays_no_stop() -> None:
    spans = spans_to("http://127.0.0.1:9", "test")
    with spans.sending([(MESSAGES, encoded(TRACE))]) as [(_, sent)]:
        assert dict(sent.headers)[TRACEPARENT] != TRACE.encode()
    started = time.monotonic()
    await spans.aclose()
    assert time.monotonic() - started < 1.5


def test_without_a_collector_no_service_imports_the_sdk() -> None:
    services = ("ingress", "scheduler", "sync_worker", "persister", "notifier")
    code = f"import sys, {', '.join(f'mailtide_{name}.app' for name in services)}; print([*sys.modules])"
    command = [sys.executable, "-c", code]
    imported = subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603 - our own
    assert "mailtide_common.runtime.traces.spans" in imported
    assert "opentelemetry.sdk" not in imported
    assert "opentelemetry.exporter" not in imported
