#!/usr/bin/env bash
# aiokafka 0.14.0 on Python 3.11 and Apache Kafka 4.3.1: over TLS, `AIOKafkaConsumer.stop()` takes as long as the fetch
# that the broker is holding open (`fetch_max_wait_ms`), and 30 s at most; without TLS it returns at once. A service
# that stops, or reads a topic to its end and goes on, pays that every time; a consumer with a long wait, to save
# requests, exceeds its stop budget.
#
# Expected by most readers: stop() closes the socket, and the transport's security makes no difference.
# Why: the client waits until each connection is closed. asyncio's TLS transport sends its farewell and waits for the
# broker's (ssl_shutdown_timeout, 30 s by default), and the broker reads nothing from a connection whose request is in
# progress.
#
# Output seen (2026-11-28), with fetch_max_wait_ms=6000:
#   plaintext: stopped within 1 s
#   TLS: stopped after 5 s or more
. "$(dirname "$0")/lib/setup.bash"

python_with aiokafka==0.14.0
start_kafka 4.3.1
"$python" - "$bootstrap" "$bootstrap_tls" "$certificate" >"$work/seen" <<'PYTHON'
import asyncio
import ssl
import sys
import time

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic


async def stop_seconds(**options):
    consumer = AIOKafkaConsumer(group_id=None, fetch_max_wait_ms=6_000, **options)
    await consumer.start()
    topic = TopicPartition("mail", 0)
    consumer.assign([topic])
    await consumer.seek_to_beginning(topic)
    await consumer.getmany(timeout_ms=500)  # the topic is empty: the broker holds the fetch
    started = time.monotonic()
    await consumer.stop()
    return time.monotonic() - started


def told(seconds):
    return "stopped within 1 s" if seconds < 1 else "stopped after 5 s or more" if seconds >= 5 else f"{seconds:.1f} s"


async def main(plaintext, tls, certificate):
    admin = AIOKafkaAdminClient(bootstrap_servers=plaintext)
    await admin.start()
    await admin.create_topics([NewTopic("mail", 1, 1)])
    await admin.close()
    print("plaintext:", told(await stop_seconds(bootstrap_servers=plaintext)))
    context = ssl.create_default_context(cafile=certificate)
    seconds = await stop_seconds(bootstrap_servers=tls, security_protocol="SSL", ssl_context=context)
    print("TLS:", told(seconds))


asyncio.run(main(*sys.argv[1:]))
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
plaintext: stopped within 1 s
TLS: stopped after 5 s or more
EXPECTED
echo "confirmed: over TLS a stop waits for the fetch in progress"
