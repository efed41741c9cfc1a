"""Limits the size of request bodies, before and while they are read (INV-28)."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

MAX_BODY_BYTES = 64 * 1024
"""Most bytes of a request's body; 1,000 ids of dead letters are 39 KB."""

TOO_LARGE = f"the body is larger than {MAX_BODY_BYTES // 1024} KiB"


def too_large(headers: Headers) -> bool:
    """Return whether a request declares a body that is too large."""
    declared = headers.get("content-length", "")
    return declared.isdecimal() and (len(declared) > 18 or int(declared) > MAX_BODY_BYTES)


def bounded(receive: Receive) -> Receive:
    """Wrap `receive` so that it raises an HTTPException (413) once the body exceeds the limit."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE, {"Connection": "close"})
        return message

    return counted
