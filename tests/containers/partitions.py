"""Prints, as JSON, how many partitions each member of the workers' notification group has. Runs inside a worker."""

import asyncio
import json
import os

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import NOTIFICATIONS
from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_sync_worker.consumers import GROUP


async def main() -> None:
    """Ask the broker."""
    async with admin_client(Brokers.plain(os.environ["KAFKA_BOOTSTRAP_SERVERS"])) as admin:
        (answer,) = await admin.describe_consumer_groups([group_id(GROUP, NOTIFICATIONS)])
    members = answer.groups[0][5]
    assigned = [ConsumerProtocolMemberAssignment.decode(member[4]) for member in members if member[4]]
    print(json.dumps([sum(len(numbers) for _, numbers in each.assignment) for each in assigned]))  # noqa: T201


asyncio.run(main())
