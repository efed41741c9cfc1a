#!/usr/bin/env bash
# aiokafka 0.14.0 on Apache Kafka 4.3.1: `AIOKafkaAdminClient.alter_configs` with one setting of a topic removes
# every other setting that the topic had of its own. A compacted topic whose `retention.ms` is altered becomes a
# topic with `cleanup.policy=delete`: its oldest records are deleted a retention later. The answer reports no error.
#
# Expected by most readers: only the named setting changes, as `kafka-configs.sh --alter --add-config` does.
# Why: aiokafka sends AlterConfigs (API key 33), which replaces the whole set; it has no IncrementalAlterConfigs
# (API key 44, KIP-339), the request behind the command-line tool.
#
# Output seen (2026-11-28):
#   before: cleanup.policy=compact (topic) max.message.bytes=5000000 (topic) retention.ms=604800000 (default)
#   errors: [0]
#   after:  cleanup.policy=delete (default) max.message.bytes=1048588 (default) retention.ms=1000000 (topic)
. "$(dirname "$0")/lib/setup.bash"

python_with aiokafka==0.14.0
start_kafka 4.3.1
"$python" - "$bootstrap" <<'PYTHON'
import asyncio
import sys

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

SHOWN = ("cleanup.policy", "max.message.bytes", "retention.ms")
OF_THE_TOPIC = 1


async def settings(admin):
    answer = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "mail")])
    entries = answer[0].resources[0][4]
    return {name: (value, source == OF_THE_TOPIC) for name, value, _, source, *_ in entries if name in SHOWN}


def shown(found):
    return " ".join(f"{name}={value} ({'topic' if own else 'default'})" for name, (value, own) in sorted(found.items()))


async def main(bootstrap):
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        own = {"cleanup.policy": "compact", "max.message.bytes": "5000000"}
        await admin.create_topics([NewTopic("mail", 1, 1, topic_configs=own)])
        print("before:", shown(await settings(admin)))
        one = ConfigResource(ConfigResourceType.TOPIC, "mail", configs={"retention.ms": "1000000"})
        answers = await admin.alter_configs([one])
        print("errors:", [code for answer in answers for code, *_ in answer.resources])
        for _ in range(50):  # the altered settings reach the broker's own view a moment later
            after = await settings(admin)
            if after["retention.ms"] == ("1000000", True):
                break
            await asyncio.sleep(0.1)
        print("after: ", shown(after))
        assert after["retention.ms"] == ("1000000", True), "the named setting did not change"
        assert after["cleanup.policy"] == ("delete", False), "the other settings are kept: this finding is out of date"
        assert after["max.message.bytes"] == ("1048588", False), "the other settings are kept: this finding is out of date"
    finally:
        await admin.close()


asyncio.run(main(sys.argv[1]))
PYTHON
echo "confirmed: altering one setting reset the others"
