"""Finds out which brokers of a cluster are down."""

import asyncio
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient

from mailtide_common.runtime.reachable import accepts_connections

from .topic_differences import FULL_REPLICATION

CONNECT_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class BrokerStates:
    """Ids of the brokers of a cluster."""

    alive: frozenset[int]
    """Brokers that accept connections from this host."""
    known: frozenset[int]
    """Brokers that the cluster lists, and brokers with a replica. The cluster no longer lists a broker whose
    session has expired."""

    @property
    def down(self) -> list[int]:
        return sorted(self.known - self.alive)

    @property
    def replication(self) -> int:
        """The number of replicas of a topic: one for each known broker, at most `FULL_REPLICATION`."""
        return min(FULL_REPLICATION, len(self.known))

    def describe_down(self) -> str:
        """Return which brokers are down, for example `broker 3 is down`."""
        ids = ", ".join(map(str, self.down))
        return f"broker {ids} is down" if len(self.down) == 1 else f"brokers {ids} are down"


async def broker_states(admin: AIOKafkaAdminClient) -> BrokerStates:
    """Return which brokers the cluster has, and which of them accept TCP connections.

    Raises:
        KafkaError: a request failed.
    """
    listed = (await admin.describe_cluster())["brokers"]
    topics = await admin.describe_topics()
    assigned = {
        replica for topic in topics for partition in topic["partitions"] for replica in partition["replicas"]
    }
    accepting = await asyncio.gather(
        *(accepts_connections(each["host"], each["port"], seconds=CONNECT_SECONDS) for each in listed)
    )
    alive = {each["node_id"] for each, accepts in zip(listed, accepting, strict=True) if accepts}
    return BrokerStates(frozenset(alive), frozenset(assigned | {each["node_id"] for each in listed}))
