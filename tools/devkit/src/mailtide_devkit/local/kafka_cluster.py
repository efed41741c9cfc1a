"""Runs three Kafka brokers with the replication of production."""

from types import TracebackType
from typing import Self

from .kafka import HOST, Kafka
from .ports import free_port
from .waiting import together

NODES = 3
MIN_IN_SYNC = 2

REPLICATION = {
    "default.replication.factor": str(NODES),
    "min.insync.replicas": str(MIN_IN_SYNC),
    "offsets.topic.replication.factor": str(NODES),
    "offsets.topic.num.partitions": str(NODES),
    "transaction.state.log.replication.factor": str(NODES),
    "transaction.state.log.min.isr": str(MIN_IN_SYNC),
    "share.coordinator.state.topic.replication.factor": str(NODES),
    "share.coordinator.state.topic.min.isr": str(MIN_IN_SYNC),
    # a busy machine must not look like a failed broker
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "replica.lag.time.max.ms": "5000",
}


class KafkaCluster:
    """Three brokers, each a controller too. Use as `async with KafkaCluster() as cluster:`.

    With its defaults for topics, records that were acknowledged with `acks=all` survive the failure of one
    broker. After the failure of two, no record is acknowledged with `acks=all`.
    """

    def __init__(self) -> None:
        ports = {node: free_port() for node in range(1, NODES + 1)}
        voters = ",".join(f"{node}@{HOST}:{port}" for node, port in ports.items())
        settings = {"controller.quorum.voters": voters, **REPLICATION}
        self.brokers = {
            node: Kafka(node=node, controller_port=port, settings=settings) for node, port in ports.items()
        }
        """The brokers by id. Each can be killed, frozen and started again separately."""

    @property
    def bootstrap_servers(self) -> str:
        """The addresses of all brokers."""
        return ",".join(broker.bootstrap_servers for broker in self.brokers.values())

    async def __aenter__(self) -> Self:
        """Start all brokers and wait until they are ready.

        Raises:
            SetupError: Java is missing or too old, Maven is missing, or Maven could not fetch Kafka's jars.
            ProcessError: a broker did not start.
            LateError: another process kept Kafka's files locked for 15 minutes.
        """
        try:
            await together(*(broker.start() for broker in self.brokers.values()))
        except BaseException:
            await self._discard()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._discard()

    async def _discard(self) -> None:
        await together(*(broker.discard() for broker in self.brokers.values()))
