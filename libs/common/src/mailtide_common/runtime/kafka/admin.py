"""The client of Kafka's administration."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient

from mailtide_common.runtime.stopping import DISCONNECT_SECONDS, within

from .brokers import Brokers


@asynccontextmanager
async def admin_client(brokers: Brokers) -> AsyncIterator[AIOKafkaAdminClient]:
    """Provide a connected admin client, and close it in bounded time. Errors are those of aiokafka."""
    admin = AIOKafkaAdminClient(**brokers.client_options())
    try:
        await admin.start()
        yield admin
    finally:
        await within(DISCONNECT_SECONDS, "admin client", admin.close())
