"""Connects to Kafka's administration API."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import NodeNotReadyError

from mailtide_common.runtime.stopping import DISCONNECT_SECONDS, within

from .brokers import Brokers


class _AdminClient(AIOKafkaAdminClient):  # type: ignore[misc]  # aiokafka has no types
    """Sends a request that any broker can answer to one that accepts connections.

    aiokafka 0.14.0 sends it to a broker of its metadata at random, and gives up if that one refuses the connection
    (seen with three brokers of Kafka 4.3.1). A broker that was killed stays in the metadata until its session has
    expired, or for as long as no majority of the controllers is left.
    """

    async def _send_request(self, request: Any, node_id: int | None = None) -> Any:
        if node_id is not None:
            return await super()._send_request(request, node_id)
        nodes = [broker.nodeId for broker in self._client.cluster.brokers()]
        for node in random.sample(nodes, len(nodes)):
            if await self._client.ready(node):
                return await self._client.send(node, request)
        raise NodeNotReadyError(f"none of the brokers {sorted(nodes)} accepts connections")


@asynccontextmanager
async def admin_client(brokers: Brokers) -> AsyncIterator[AIOKafkaAdminClient]:
    """Yield a connected admin client, and close it within `DISCONNECT_SECONDS`; raises aiokafka's errors."""
    admin = _AdminClient(**brokers.client_options())
    try:
        await admin.start()
        yield admin
    finally:
        await within(DISCONNECT_SECONDS, "admin client", admin.close())
