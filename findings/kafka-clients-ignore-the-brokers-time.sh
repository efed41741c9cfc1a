#!/usr/bin/env bash
# kafka-go 0.4.51 (Go), @platformatic/kafka 2.12.1 (npm) and rskafka 0.6.0 (crates.io) on Apache Kafka 4.3.1: of a topic
# with message.timestamp.type=LogAppendTime, records are delivered with the producer's time instead of the broker's.
# The setting is made where the clocks of producers are not trusted, and there it has no effect for these consumers: a
# record from a device whose clock is two days slow is taken for two days old, and dropped as expired or counted in the
# wrong day. Reading from a point in time, which the broker decides, returns records that seem to be older than that
# point. aiokafka 0.14.0 delivers the broker's time, as do kafkajs 2.2.4, sarama 1.61.1 and franz-go 1.22.3 (seen, not
# repeated below).
#
# Expected by most readers: one time for a record, whatever reads it: with LogAppendTime, the broker's.
# Why: the broker does not rewrite the records of a batch, only the batch's header: a flag, and its greatest timestamp,
# which then holds for all of them. These clients add the record's delta to the batch's first timestamp regardless.
#
# Output seen (2026-11-29), for records that a producer with a clock two days slow has just written:
#   the broker's first record of the last hour: offset 0
#   aiokafka: 0 days old
#   aiokafka: 0 days old
#   kafka-go: 2 days old
#   kafka-go: 2 days old
#   @platformatic/kafka: 2 days old
#   @platformatic/kafka: 2 days old
#   rskafka: 2 days old
#   rskafka: 2 days old
. "$(dirname "$0")/lib/setup.bash"

python_with aiokafka==0.14.0
(cd "$work" && npm install --silent --no-audit --no-fund --prefix "$work" @platformatic/kafka@2.12.1 node@24.9.0)
cat > "$work/write.py" <<'PYTHON'
import asyncio
import sys
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

SERVER = {"bootstrap_servers": sys.argv[1]}
SETTINGS = {"message.timestamp.type": "LogAppendTime"}
CLOCK = time.time() - 2 * 86_400


async def main():
    admin = AIOKafkaAdminClient(**SERVER)
    await admin.start()
    await admin.create_topics([NewTopic("readings", 1, 1, topic_configs=SETTINGS)])
    await admin.close()
    async with AIOKafkaProducer(**SERVER) as producer:
        for value in (b"1", b"2"):
            await producer.send_and_wait("readings", value, timestamp_ms=int(CLOCK * 1_000))
    async with AIOKafkaConsumer(**SERVER) as consumer:
        partition = TopicPartition("readings", 0)
        consumer.assign([partition])
        since = int((time.time() - 3_600) * 1_000)
        found = await consumer.offsets_for_times({partition: since})
        print("the broker's first record of the last hour: offset", found[partition].offset)
        consumer.seek(partition, 0)
        for _ in range(2):
            record = await consumer.getone()
            print(f"aiokafka: {round(time.time() - record.timestamp / 1_000) // 86_400} days old")


asyncio.run(main())
PYTHON
cat > "$work/read.mjs" <<'NODE'
import { Consumer } from "@platformatic/kafka";

const consumer = new Consumer({ groupId: "readers", clientId: "finding", bootstrapBrokers: [process.argv[2]] });
const stream = await consumer.consume({ topics: ["readings"], mode: "earliest", autocommit: false });
let seen = 0;
stream.on("data", async (message) => {
  const days = Math.floor((Date.now() - Number(message.timestamp)) / 86_400_000);
  console.log(`@platformatic/kafka: ${days} days old`);
  if ((seen += 1) === 2) await consumer.close(true);
});
NODE
mkdir "$work/go"
cat > "$work/go/main.go" <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/segmentio/kafka-go"
)

func main() {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: os.Args[1:], Topic: "readings"})
	for range 2 {
		message, err := reader.ReadMessage(context.Background())
		if err != nil {
			panic(err)
		}
		fmt.Printf("kafka-go: %d days old\n", int(time.Since(message.Time).Hours()/24))
	}
}
GO
rust_with 'chrono = { version = "0.4", default-features = false, features = ["clock"] }' \
    'rskafka = { version = "=0.6.0", default-features = false }' \
    'tokio = { version = "1", features = ["macros", "rt-multi-thread"] }' <<'RUST'
use rskafka::client::{partition::UnknownTopicHandling, ClientBuilder};

#[tokio::main]
async fn main() {
    let servers = std::env::args().skip(1).collect();
    let client = ClientBuilder::new(servers).build().await.unwrap();
    let partition = client.partition_client("readings", 0, UnknownTopicHandling::Error).await.unwrap();
    let (records, _) = partition.fetch_records(0, 1..1_000_000, 1_000).await.unwrap();
    for record in records {
        println!("rskafka: {} days old", (chrono::Utc::now() - record.record.timestamp).num_days());
    }
}
RUST
(cd "$work/go" && go mod init finding && go get github.com/segmentio/kafka-go@v0.4.51 && go build -o finding .) \
    >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
start_kafka 4.3.1
timeout 60 "$python" "$work/write.py" "$bootstrap" >"$work/seen" 2>"$work/log" || { cat "$work/log"; exit 1; }
timeout 60 "$work/go/finding" "$bootstrap" >>"$work/seen"
timeout 60 "$work/node_modules/.bin/node" "$work/read.mjs" "$bootstrap" >>"$work/seen"
timeout 60 "$rust" "$bootstrap" >>"$work/seen"
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
the broker's first record of the last hour: offset 0
aiokafka: 0 days old
aiokafka: 0 days old
kafka-go: 2 days old
kafka-go: 2 days old
@platformatic/kafka: 2 days old
@platformatic/kafka: 2 days old
rskafka: 2 days old
rskafka: 2 days old
EXPECTED
echo "confirmed: three clients ignore the broker's time"
