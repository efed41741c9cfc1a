"""Connects to Kafka's administration API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient

from mailtide_common.runtime.stopping import DISCONNECT_SECONDS, within

from .brokers import Brokers


@asynccontextmanager
async def admin_client(brokers: Brokers) -> AsyncIterator[AIOKafkaAdminClient]:
    """Yield a connected admin client, and close it within `DISCONNECT_SECONDS`; raises aiokafka's errors."""
    admin = AIOKafkaAdminClient(**brokers.client_options())
    try:
        await admin.start()
        yield admin
    finally:
        await within(DISCONNECT_SECONDS, "admin client", admin.close())
