"""Connects to Kafka's administration API."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import NodeNotReadyError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest

from mailtide_common.runtime.stopping import DISCONNECT_SECONDS, within

from .brokers import Brokers


class _AdminClient(AIOKafkaAdminClient):  # type: ignore[misc]  # aiokafka has no types
    """Sends each request that does not name a broker to one that accepts connections.

    aiokafka 0.14.0 sends such a request to a random broker of its metadata, and gives up if this broker
    refuses the connection (seen with three brokers of Kafka 4.3.1). A killed broker stays in the metadata
    until its session expires. Without a majority of the controllers, it stays there for longer.

    If a coordinator refuses to return committed offsets, for example while it loads them, aiokafka 0.14.0
    returns none, as for a group without commits. This client raises the error.
    """

    async def _send_request(self, request: Any, node_id: int | None = None) -> Any:
        if node_id is not None:
            response = await super()._send_request(request, node_id)
            if isinstance(request, OffsetFetchRequest) and response.error_code:
                raise for_code(response.error_code)("the committed offsets cannot be read")
            return response
        brokers = list(self._client.cluster.brokers())
        for broker in random.sample(brokers, len(brokers)):
            if await self._client.ready(broker.nodeId):
                return await self._client.send(broker.nodeId, request)
        where = ", ".join(sorted(f"{broker.host}:{broker.port}" for broker in brokers))
        raise NodeNotReadyError(f"no broker can be connected to at the address that it advertises: {where}")


@asynccontextmanager
async def admin_client(brokers: Brokers) -> AsyncIterator[AIOKafkaAdminClient]:
    """Yield a connected admin client, and close it within `DISCONNECT_SECONDS`.

    Raises:
        KafkaError: connecting failed.
        OSError: connecting failed.
    """
    admin = _AdminClient(**brokers.client_options())
    try:
        await admin.start()
        yield admin
    finally:
        await within(DISCONNECT_SECONDS, "admin client", admin.close())
