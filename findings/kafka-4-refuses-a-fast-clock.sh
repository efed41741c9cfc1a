#!/usr/bin/env bash
# Apache Kafka 4.3.1 refuses a record whose timestamp is more than one hour ahead of the broker's clock; 3.9.1 takes
# it. A producer on a machine with a fast clock therefore stops delivering after an upgrade, with an error that
# aiokafka 0.14.0 marks as not retriable (InvalidTimestampError, code 32), although nothing is wrong with the record.
# A service that treats every Kafka error as "try again later" repeats the same record for ever.
#
# Expected by most readers: CreateTime is the producer's affair and any value is accepted, as before 4.0.
# Why: the default of message.timestamp.after.max.ms went from unlimited to 3600000 in 4.0 (KIP-1030).
#
# Output seen (2026-11-28):
#   Kafka 3.9.1: 50 minutes ahead: accepted; 70 minutes ahead: accepted
#   Kafka 4.3.1: 50 minutes ahead: accepted; 70 minutes ahead: InvalidTimestampError, retriable=False
. "$(dirname "$0")/lib/setup.bash"

python_with aiokafka==0.14.0
cat > "$work/ahead.py" <<'PYTHON'
import asyncio
import sys
import time

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError


async def attempt(producer, minutes):
    try:
        moment = int((time.time() + minutes * 60) * 1_000)
        await producer.send_and_wait("mail", b"value", timestamp_ms=moment)
    except KafkaError as error:
        return f"{type(error).__name__}, retriable={error.retriable}"
    return "accepted"


async def main(version, bootstrap):
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        print(f"Kafka {version}:", "; ".join([f"{m} minutes ahead: {await attempt(producer, m)}" for m in (50, 70)]))
    finally:
        await producer.stop()


asyncio.run(main(*sys.argv[1:]))
PYTHON
for version in 3.9.1 4.3.1; do
    start_kafka "$version"
    "$python" "$work/ahead.py" "$version" "$bootstrap" 2>"$work/stderr" | tee -a "$work/seen"
done
diff "$work/seen" - <<'EXPECTED'
Kafka 3.9.1: 50 minutes ahead: accepted; 70 minutes ahead: accepted
Kafka 4.3.1: 50 minutes ahead: accepted; 70 minutes ahead: InvalidTimestampError, retriable=False
EXPECTED
echo "confirmed: 4.3.1 refuses what 3.9.1 accepts"
