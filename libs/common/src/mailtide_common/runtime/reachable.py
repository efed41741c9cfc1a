"""Checks whether a server accepts connections."""

import asyncio


async def accepts_connections(host: str, port: int, *, seconds: float) -> bool:
    """Return whether a server accepts a TCP connection within `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
