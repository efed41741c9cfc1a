"""Closes consumers, whatever state their connections are in."""

import asyncio

from aiokafka import AIOKafkaConsumer

from mailtide_common.runtime.stopping import DISCONNECT_SECONDS, within


async def stop_consumer(consumer: AIOKafkaConsumer, what: str) -> None:
    """Close a consumer within `DISCONNECT_SECONDS`; `what` names it in the log."""
    await within(DISCONNECT_SECONDS, what, _stop(consumer))


async def _stop(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer, and close its connections if `stop` ends with an error of its own (see `within`)."""
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and not task.cancelling():
            await consumer._client.close()  # noqa: SLF001 - `stop` does nothing when it is called again
        raise
