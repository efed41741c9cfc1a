"""Limits the size of request bodies, before and while they are read (INV-28)."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

MAX_BODY_BYTES = 64 * 1024
"""Maximum number of bytes of a request's body. A request with 1,000 ids of dead letters has 39 KB."""

TOO_LARGE = f"the body is larger than {MAX_BODY_BYTES // 1024} KiB"


def too_large(headers: Headers) -> bool:
    """Return whether `Content-Length` exceeds the limit."""
    declared = headers.get("content-length", "")
    return declared.isdecimal() and (len(declared) > 18 or int(declared) > MAX_BODY_BYTES)


def bounded(receive: Receive) -> Receive:
    """Return a `receive` that raises an `HTTPException` (413) once the body exceeds the limit."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE, {"Connection": "close"})
        return message

    return counted
