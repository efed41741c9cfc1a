#!/usr/bin/env bash
# @platformatic/kafka 2.12.1 (npm) on Apache Kafka 4.3.1: with the isolation level READ_COMMITTED, which is the default,
# a consumer delivers records of aborted transactions. If a producer aborts two transactions, the records of the first
# are delivered; if an aborted transaction does not fit in one answer to a fetch (`maxBytes`: 50 MB by default, 1 MiB
# below), so are those before the last answer. A producer that aborts and then writes the same again, as exactly-once
# connectors do after an error, is read twice, and what was taken back counts. With one small aborted transaction, which
# is what a test has, the filter works. Nothing is logged. aiokafka 0.14.0 delivers committed records only.
#
# Expected by most readers: no record of an aborted transaction, whatever its size and however many there are.
# Why: the filter keeps one range of offsets for each producer, so that a second aborted transaction replaces the first,
# and it drops a range whose end, the marker, is not in the same answer.
#
# Output seen (2026-11-29):
#   aborted once: aiokafka reads one three
#   aborted twice: aiokafka reads one three five
#   aborted, 3 MB: aiokafka reads one three
#   aborted once: @platformatic/kafka reads one three
#   aborted twice: @platformatic/kafka reads one ABORTED three five
#   aborted, 3 MB: @platformatic/kafka reads one ABORTED three
. "$(dirname "$0")/lib/setup.bash"

python_with aiokafka==0.14.0
(cd "$work" && npm install --silent --no-audit --no-fund --prefix "$work" @platformatic/kafka@2.12.1 node@24.9.0)
cat > "$work/write.py" <<'PYTHON'
import asyncio
import os
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

SERVER = {"bootstrap_servers": sys.argv[1]}
SMALL, LARGE = [b"ABORTED"], [b"ABORTED" + bytes(500_000)] * 6
TOPICS = {
    "aborted once": [[b"one"], SMALL, [b"three"]],
    "aborted twice": [[b"one"], SMALL, [b"three"], SMALL, [b"five"]],
    "aborted, 3 MB": [[b"one"], LARGE, [b"three"]],
}


async def write(topic, transactions):
    """Write with one transactional producer, and abort the transactions that contain ABORTED."""
    async with AIOKafkaProducer(**SERVER, transactional_id=topic) as producer:
        for values in transactions:
            await producer.begin_transaction()
            for value in values:
                await producer.send_and_wait(topic, value)
            await (producer.abort_transaction() if values[0].startswith(b"ABORTED") else producer.commit_transaction())


async def read(topic):
    options = {"auto_offset_reset": "earliest", "isolation_level": "read_committed"}
    async with AIOKafkaConsumer(**SERVER, **options) as consumer:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        end, seen = (await consumer.end_offsets([partition]))[partition], []
        while await consumer.position(partition) < end:
            seen += [record.value[:7] for record in (await consumer.getmany(timeout_ms=500)).get(partition, ())]
        return b" ".join(seen).decode()


async def main():
    admin = AIOKafkaAdminClient(**SERVER)
    await admin.start()
    for number, (name, transactions) in enumerate(TOPICS.items()):
        await admin.create_topics([NewTopic(f"topic-{number}", 1, 1)])
        await write(f"topic-{number}", transactions)
        print(f"{name}: aiokafka reads {await read(f'topic-{number}')}")
    await admin.close()


asyncio.run(main())
PYTHON
cat > "$work/read.mjs" <<'NODE'
import { Consumer, FetchIsolationLevels } from "@platformatic/kafka";

const names = ["aborted once", "aborted twice", "aborted, 3 MB"];
for (const [number, name] of names.entries()) {
  const consumer = new Consumer({
    groupId: `group-${number}`,
    clientId: "finding",
    bootstrapBrokers: [process.argv[2]],
    isolationLevel: FetchIsolationLevels.READ_COMMITTED,
    maxBytes: 1_048_576,
  });
  const seen = [];
  const stream = await consumer.consume({ topics: [`topic-${number}`], mode: "earliest", autocommit: false });
  stream.on("data", (message) => seen.push(message.value.subarray(0, 7).toString()));
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  console.log(`${name}: @platformatic/kafka reads ${[...new Set(seen)].join(" ")}`);
  await consumer.close(true);
}
NODE
start_kafka 4.3.1
timeout 120 "$python" "$work/write.py" "$bootstrap" >"$work/seen" 2>"$work/log" || { cat "$work/log"; exit 1; }
timeout 120 "$work/node_modules/.bin/node" "$work/read.mjs" "$bootstrap" >>"$work/seen"
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
aborted once: aiokafka reads one three
aborted twice: aiokafka reads one three five
aborted, 3 MB: aiokafka reads one three
aborted once: @platformatic/kafka reads one three
aborted twice: @platformatic/kafka reads one ABORTED three five
aborted, 3 MB: @platformatic/kafka reads one ABORTED three
EXPECTED
echo "confirmed: records of aborted transactions are delivered"
