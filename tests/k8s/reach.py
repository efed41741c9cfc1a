"""Prints, as JSON, which of the addresses given as arguments (`name:port`) can be connected to. Runs inside a pod."""

import asyncio
import json
import socket
import sys

SECONDS = 3
"""Longest wait for a connection: policies drop packets, so a forbidden connection is never answered."""


async def reach(address: str) -> str:
    """Return `open`, `closed`, or the error."""
    host, _, port = address.rpartition(":")
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), SECONDS)
    except TimeoutError:
        return "closed"
    except (OSError, socket.gaierror) as error:
        return repr(error)
    writer.close()
    return "open"


async def main() -> None:
    """Try all addresses concurrently."""
    found = await asyncio.gather(*(reach(address) for address in sys.argv[1:]))
    print(json.dumps(dict(zip(sys.argv[1:], found, strict=True))))  # noqa: T201


asyncio.run(main())
