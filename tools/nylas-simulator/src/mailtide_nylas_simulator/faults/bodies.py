"""Sends response bodies that are endless, or compressed as several gzip members."""

import asyncio
import gzip
import zlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .switches import Fault

_HEAD = b'{"request_id":"r","data":[{"id":"endless","date":1700000000,"body":"'
_TAIL = b'"}],"next_cursor":null}'
_PIECE = b"all work and no play " * 3_000
_MOST = 2.0**40


async def send_endless(receive: Receive, send: Send, fault: Fault) -> None:
    """Send a page of at least ``most`` bytes, with one message. Stop early if the client disconnects.

    With the option ``gzip``, the page is compressed. ``most`` counts uncompressed bytes.
    """
    headers = [(b"content-type", b"application/json")]
    packer = zlib.compressobj(wbits=31) if fault.options.get("gzip") else None
    if packer is not None:
        headers.append((b"content-encoding", b"gzip"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    left = fault.number("most", _MOST)
    piece = _HEAD
    # uvicorn 0.54 silently drops what is sent to a disconnected client.
    gone = asyncio.create_task(_gone(receive))
    while left > 0 and not gone.done():
        packed = piece if packer is None else packer.compress(piece)
        await send({"type": "http.response.body", "body": packed, "more_body": True})
        left, piece = left - len(piece), _PIECE
        await asyncio.sleep(0)
    gone.cancel()
    end = _TAIL if packer is None else packer.compress(_TAIL) + packer.flush()
    await send({"type": "http.response.body", "body": end})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_in_members(app: ASGIApp, scope: Scope, receive: Receive, send: Send, fault: Fault) -> None:
    """Send the application's answer as up to ``members`` gzip members, followed by ``zeros`` zero bytes."""
    plain = dict(scope, headers=[pair for pair in scope["headers"] if pair[0] != b"accept-encoding"])
    start: Message = {}
    body = bytearray()

    async def collect(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
        else:
            body.extend(message.get("body", b""))

    await app(plain, receive, collect)
    size = max(1, -(-len(body) // max(1, int(fault.number("members", 2)))))
    members = [gzip.compress(bytes(body[at : at + size])) for at in range(0, len(body), size)]
    packed = b"".join(members) + bytes(int(fault.number("zeros", 0)))
    headers = [
        pair for pair in start["headers"] if pair[0].lower() not in {b"content-length", b"content-encoding"}
    ]
    headers += [(b"content-length", str(len(packed)).encode()), (b"content-encoding", b"gzip")]
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": packed})
