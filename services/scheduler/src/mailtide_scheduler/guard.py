"""Who may call which route: one bearer token for the cron, another for everything else."""

import hmac
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Header
from pydantic import SecretStr
from starlette.exceptions import HTTPException

_SCHEME = "bearer"


def require(token: SecretStr) -> Callable[[str | None], Awaitable[None]]:
    """A dependency that lets only callers with this bearer token pass; compared in constant time."""
    expected = token.get_secret_value().encode()

    async def guard(authorization: Annotated[str | None, Header()] = None) -> None:
        scheme, _, given = (authorization or "").partition(" ")
        same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), expected)
        if scheme.lower() != _SCHEME or not same:
            raise HTTPException(
                HTTPStatus.UNAUTHORIZED, "a valid bearer token is required", {"WWW-Authenticate": "Bearer"}
            )

    return guard
