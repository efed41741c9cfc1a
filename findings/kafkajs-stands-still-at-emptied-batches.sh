#!/usr/bin/env bash
# kafkajs 2.2.4 (npm) on Apache Kafka 4.3.1: on a compacted topic that an idempotent producer writes, a consumer stops
# in front of a segment whose records have all been replaced. It repeats the same fetch and sends heartbeats;
# `eachMessage` is not called for the newer records behind the segment, and there is no error: only the group's lag
# shows it. It takes a restart of the writer, after which all keys of a segment get new values. Idempotent is what the
# Java producer is unless it is configured otherwise; Kafka keeps the last batch of such a producer, without its
# records, until it forgets the producer (a day after its last record, producer.id.expiration.ms) and cleans the segment
# again. aiokafka 0.14.0 reads on.
#
# Expected by most readers: consumers pass over offsets that compaction has removed (Kafka's documentation, "Log
# Compaction").
# Why: the next offset is taken from the last record. The header of a batch without records, which has the batch's last
# offset, is not used (kafkajs, issue 1072).
#
# Output seen (2026-11-29), for ten keys written by three producers, of which each fills a segment:
#   plain: aiokafka reads 10 to 29
#   idempotent: aiokafka reads 10 to 29
#   plain: kafkajs reads 10 to 29 in several fetches
#   idempotent: kafkajs reads nothing in several fetches
. "$(dirname "$0")/lib/setup.bash"

python_with aiokafka==0.14.0
(cd "$work" && npm install --silent --no-audit --no-fund --prefix "$work" kafkajs@2.2.4)
cat > "$work/write.py" <<'PYTHON'
import asyncio
import os
import sys
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

SERVER = {"bootstrap_servers": sys.argv[1]}
SETTINGS = {
    "cleanup.policy": "compact",
    "segment.bytes": "1048576",
    "min.cleanable.dirty.ratio": "0.01",
    "max.compaction.lag.ms": "1000",
}


async def write(topic, idempotent):
    """Three producers write the same ten keys, each about one segment of 1 MiB."""
    for _ in range(3):
        async with AIOKafkaProducer(**SERVER, enable_idempotence=idempotent) as producer:
            for key in range(10):
                await producer.send_and_wait(topic, os.urandom(100_000), key=b"%d" % key)


async def offsets(topic):
    async with AIOKafkaConsumer(**SERVER, auto_offset_reset="earliest") as consumer:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        found = []
        while not found or found[-1] < 29:
            found += [record.offset for record in (await consumer.getmany(timeout_ms=1_000)).get(partition, ())]
        return found


async def main():
    admin = AIOKafkaAdminClient(**SERVER)
    await admin.start()
    for topic, idempotent in (("plain", False), ("idempotent", True)):
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs=SETTINGS)])
        await write(topic, idempotent)
    await admin.close()
    for topic in ("plain", "idempotent"):
        deadline = time.monotonic() + 120
        while (found := await offsets(topic))[0] < 10:
            assert time.monotonic() < deadline, "not compacted"
            await asyncio.sleep(2)
        print(f"{topic}: aiokafka reads {found[0]} to {found[-1]}")


asyncio.run(main())
PYTHON
cat > "$work/read.mjs" <<'NODE'
import kafkajs from "kafkajs";

const kafka = new kafkajs.Kafka({ brokers: [process.argv[2]], logLevel: kafkajs.logLevel.ERROR });
for (const topic of ["plain", "idempotent"]) {
  const consumer = kafka.consumer({ groupId: topic });
  const offsets = [];
  let fetches = 0;
  consumer.on("consumer.fetch", () => (fetches += 1));
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void offsets.push(message.offset) });
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const read = offsets.length ? `${offsets[0]} to ${offsets.at(-1)}` : "nothing";
  console.log(`${topic}: kafkajs reads ${read}${fetches > 1 ? " in several fetches" : ""}`);
  await consumer.disconnect();
}
NODE
start_kafka 4.3.1
timeout 300 "$python" "$work/write.py" "$bootstrap" >"$work/seen" 2>"$work/log" || { cat "$work/log"; exit 1; }
timeout 120 node "$work/read.mjs" "$bootstrap" >>"$work/seen"
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
plain: aiokafka reads 10 to 29
idempotent: aiokafka reads 10 to 29
plain: kafkajs reads 10 to 29 in several fetches
idempotent: kafkajs reads nothing in several fetches
EXPECTED
echo "confirmed: nothing is read behind a segment without records"
