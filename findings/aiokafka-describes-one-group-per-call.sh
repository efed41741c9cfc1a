#!/usr/bin/env bash
# aiokafka 0.14.0 on Apache Kafka 4.3.1: `AIOKafkaAdminClient.describe_consumer_groups` describes the first group of a
# coordinator correctly and shifts the fields of the second, without an error: its name is empty, its protocol type is
# the name, its protocol is the state. With `include_authorized_operations=True`, one group is described without any
# operations, and two groups end in a closed connection. A monitor that describes all groups of a broker in one call is
# correct on a set-up with one group, or with its groups on different brokers, and wrong elsewhere.
#
# Expected by most readers: one description per group, with the operations where they were asked for.
# Why: in version 3 the answer has one field more per group (`authorized_operations`); aiokafka decodes it by the schema
# of version 2 (`DescribeGroupsRequest_v3.RESPONSE_TYPE`), so it reads each further group four bytes too early.
#
# Output seen (2026-11-28):
#   first:  error_code=0 group=A state=Empty protocol_type= protocol=
#   second: error_code=-32768 group= state= protocol_type=B protocol=Empty
#   one with operations: error_code group state protocol_type protocol members
#   two with operations: KafkaConnectionError
. "$(dirname "$0")/lib/setup.bash"

python_with aiokafka==0.14.0
start_kafka 4.3.1
"$python" - "$bootstrap" >"$work/seen" 2>"$work/log" <<'PYTHON' || { cat "$work/log"; exit 1; }
import asyncio
import sys

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError

GROUPS = ["billing", "search"]


async def commit_as(group, bootstrap):
    consumer = AIOKafkaConsumer(group_id=group, bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition("mail", 0)])
    await consumer.commit({TopicPartition("mail", 0): 0})
    await consumer.stop()


async def main(bootstrap):
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic("mail", 1, 1)])
        for group in GROUPS:
            await commit_as(group, bootstrap)
        (answer,) = await admin.describe_consumer_groups(GROUPS)
        fields = answer.SCHEMA.fields[answer.SCHEMA.names.index("groups")].array_of.names
        first = answer.groups[0][1]  # aiokafka sends a set: either group may come first
        labels = {first: "A", (set(GROUPS) - {first}).pop(): "B"}
        for place, group in zip(["first: ", "second:"], answer.groups):
            print(place, *(f"{name}={labels.get(value, value)}" for name, value in zip(fields[:5], group)))
        (answer,) = await admin.describe_consumer_groups(GROUPS[:1], include_authorized_operations=True)
        print("one with operations:", *answer.SCHEMA.fields[answer.SCHEMA.names.index("groups")].array_of.names)
        try:
            await admin.describe_consumer_groups(GROUPS, include_authorized_operations=True)
        except KafkaConnectionError as error:
            print("two with operations:", type(error).__name__)
    finally:
        await admin.close()


asyncio.run(main(sys.argv[1]))
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
first:  error_code=0 group=A state=Empty protocol_type= protocol=
second: error_code=-32768 group= state= protocol_type=B protocol=Empty
one with operations: error_code group state protocol_type protocol members
two with operations: KafkaConnectionError
EXPECTED
echo "confirmed: the second group of a coordinator is described wrongly"
