#!/usr/bin/env bash
# opentelemetry-instrumentation-aiokafka 0.66b1 with aiokafka 0.14.0 on Apache Kafka 4.3.1: `send` adds its
# `traceparent` to the list of headers that the caller passed, not to a copy. If a program builds its headers once and
# sends many records with them, record n has n `traceparent` headers, and all but the last belong to earlier records.
# The consumer's instrumentation takes the first, so every record continues the trace of the first one. Records grow by
# 68 bytes each: with one small header and the usual limit of 1 MiB, send 15,419 failed with MessageSizeTooLargeError
# (seen once, not repeated below).
#
# Expected by most readers: one `traceparent` for each record, that of its own send, and an unchanged list.
# Why: the instrumentation injects the context into the argument in place.
#
# Output seen (2026-11-28), for four sends in four traces with the same list:
#   headers of the caller's list: 1 before, 5 after
#   traceparent headers of the records: 1 2 3 4
#   records that continue the trace of their own send: 1 of 4
. "$(dirname "$0")/lib/setup.bash"

python_with aiokafka==0.14.0 opentelemetry-sdk==1.45.1 opentelemetry-instrumentation-aiokafka==0.66b1
start_kafka 4.3.1
"$python" - "$bootstrap" >"$work/seen" 2>"$work/log" <<'PYTHON' || { cat "$work/log"; exit 1; }
import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from opentelemetry import trace
from opentelemetry.instrumentation.aiokafka import AIOKafkaInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

RECORDS = 4
HEADERS = [("tenant", b"7")]
TOPIC = TopicPartition("mail", 0)


async def main(bootstrap, spans):
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("mail", 1, 1)])
    await admin.close()
    before, sent = len(HEADERS), []
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for number in range(RECORDS):
            with trace.get_tracer("finding").start_as_current_span("send") as span:
                await producer.send_and_wait("mail", b"%d" % number, headers=HEADERS)
            sent.append(span.get_span_context().trace_id)
    print(f"headers of the caller's list: {before} before, {len(HEADERS)} after")
    spans.clear()
    records = []
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        consumer.assign([TOPIC])
        await consumer.seek_to_beginning(TOPIC)
        while len(records) < RECORDS:
            records.append(await consumer.getone())
    counts = [sum(name == "traceparent" for name, _ in record.headers) for record in records]
    print("traceparent headers of the records:", *counts)
    received = [span.context.trace_id for span in spans.get_finished_spans() if span.name.startswith("mail ")]
    assert len(received) == RECORDS, [span.name for span in spans.get_finished_spans()]
    own = sum(ours == theirs for ours, theirs in zip(sent, received))
    print(f"records that continue the trace of their own send: {own} of {RECORDS}")


spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
AIOKafkaInstrumentor().instrument()
asyncio.run(main(sys.argv[1], spans))
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
headers of the caller's list: 1 before, 5 after
traceparent headers of the records: 1 2 3 4
records that continue the trace of their own send: 1 of 4
EXPECTED
echo "confirmed: every send adds a header to the caller's list"
