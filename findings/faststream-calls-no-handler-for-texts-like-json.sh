#!/usr/bin/env bash
# FastStream 0.7.8 with aiokafka 0.14.0 on Apache Kafka 4.3.1: a handler that declares its body as `str` or `bytes` is
# not called for records whose text is also JSON, such as an order number (4711), "true" or a JSON document, unless the
# producer set the header content-type. They are committed; the only trace is a ValidationError in the log. FastStream's
# own `publish` sets no such header for bytes, so bytes that one service publishes do not arrive in the next. Without an
# annotation the handler gets a number instead of the text: an id of hexadecimal digits such as 19008431528345e7 becomes
# 1.9008431528345e+20. Tests with words as payloads pass. Conversely, a model is not filled from JSON whose content-type
# is a subtype of JSON, such as CloudEvents' application/cloudevents+json.
#
# Expected by most readers: `str` and `bytes` ask for the text and the bytes of the record as they were written, and
# +json is JSON (RFC 6839, section 3.1).
# Why: the default decoder runs json.loads on everything without a content-type, before it looks at the annotation, and
# with one compares it with text/plain and application/json only.
#
# Output seen (2026-11-29):
#   body: str, 6 records committed, handler got ['hello', 'end']
#   body: bytes, 6 records committed, handler got [b'hello', b'end']
#   body: bytes, 6 published with FastStream, handler got [b'hello', b'end']
#   body without annotation, handler got [b'hello', 4711, 1.9008431528345e+20, True, {'id': '1'}, b'end']
#   body: Order, 3 records committed, handler got those with ['application/json']
. "$(dirname "$0")/lib/setup.bash"

python_with "faststream[kafka]==0.7.8" aiokafka==0.14.0
cat > "$work/texts.py" <<'PYTHON'
import asyncio
import sys

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faststream.kafka import KafkaBroker
from pydantic import BaseModel

SERVER = sys.argv[1]
TEXTS = [b"hello", b"4711", b"19008431528345e7", b"true", b'{"id": "1"}', b"end"]
TYPES = ["application/json", "application/cloudevents+json", "application/vnd.example.order+json"]


class Order(BaseModel):
    type: str


broker = KafkaBroker(SERVER, logger=None)
seen = {name: [] for name in ("str", "bytes", "none", "published", "model")}


def subscriber(topic, group):
    return broker.subscriber(topic, group_id=group, auto_offset_reset="earliest")


@subscriber("texts", "str")
async def text(body: str):
    seen["str"].append(body)


@subscriber("texts", "bytes")
async def raw(body: bytes):
    seen["bytes"].append(body)


@subscriber("texts", "none")
async def anything(body):
    seen["none"].append(body)


@subscriber("published", "published")
async def published(body: bytes):
    seen["published"].append(body)


@subscriber("orders", "model")
async def order(body: Order):
    seen["model"].append(body.type)


async def committed(admin, group, topic, count):
    """Wait until a group has committed the offset behind all records of a topic."""
    async with asyncio.timeout(30):
        while True:
            offsets = await admin.list_consumer_group_offsets(group)
            if TopicPartition(topic, 0) in offsets and offsets[TopicPartition(topic, 0)].offset == count:
                return
            await asyncio.sleep(0.2)


async def main():
    admin = AIOKafkaAdminClient(bootstrap_servers=SERVER)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1) for topic in ("texts", "published", "orders")])
    async with AIOKafkaProducer(bootstrap_servers=SERVER) as producer:
        for each in TEXTS:
            await producer.send_and_wait("texts", each)
        for each in TYPES:
            headers = [("content-type", each.encode())]
            await producer.send_and_wait("orders", b'{"type": "%s"}' % each.encode(), headers=headers)
    async with broker:
        await broker.start()
        for each in TEXTS:
            await broker.publish(each, "published")
        for group in ("str", "bytes", "none"):
            await committed(admin, group, "texts", len(TEXTS))
        await committed(admin, "published", "published", len(TEXTS))
        await committed(admin, "model", "orders", len(TYPES))
    await admin.close()
    print(f"body: str, {len(TEXTS)} records committed, handler got {seen['str']}")
    print(f"body: bytes, {len(TEXTS)} records committed, handler got {seen['bytes']}")
    print(f"body: bytes, {len(TEXTS)} published with FastStream, handler got {seen['published']}")
    print(f"body without annotation, handler got {seen['none']}")
    print(f"body: Order, {len(TYPES)} records committed, handler got those with {seen['model']}")


asyncio.run(main())
PYTHON
start_kafka 4.3.1
timeout 120 "$python" "$work/texts.py" "$bootstrap" >"$work/seen" 2>"$work/log" || { cat "$work/log"; exit 1; }
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
body: str, 6 records committed, handler got ['hello', 'end']
body: bytes, 6 records committed, handler got [b'hello', b'end']
body: bytes, 6 published with FastStream, handler got [b'hello', b'end']
body without annotation, handler got [b'hello', 4711, 1.9008431528345e+20, True, {'id': '1'}, b'end']
body: Order, 3 records committed, handler got those with ['application/json']
EXPECTED
echo "confirmed: records are committed whose handler was not called"
