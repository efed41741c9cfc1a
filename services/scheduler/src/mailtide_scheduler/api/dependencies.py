"""What the routes share: the use cases they hand over to, and how pages and misses look."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

import asyncpg
from fastapi import Query
from pydantic import AfterValidator, Field
from starlette.exceptions import HTTPException

from mailtide_scheduler import limits
from mailtide_scheduler.accounts.actions import AccountControl
from mailtide_scheduler.dead_letters.redrive import Redriver
from mailtide_scheduler.deletions.held_deletions import HeldDeletions
from mailtide_scheduler.runs.service import Runs
from mailtide_scheduler.webhooks.reconciler import WebhookReconciler


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    value.encode()  # a half surrogate pair raises a UnicodeEncodeError, which is a ValueError
    return value


Text = Annotated[str, Field(max_length=limits.MAX_TEXT_LENGTH), AfterValidator(_storable)]
"""A parameter that reaches Postgres, which stores neither NUL nor half a surrogate pair."""

Limit = Annotated[int, Query(ge=1, le=limits.PAGE_MAX)]


@dataclass(frozen=True, slots=True)
class Api:
    """What the routes work with."""

    pool: asyncpg.Pool
    runs: Runs
    control: AccountControl
    held: HeldDeletions
    redriver: Redriver
    reconciler: WebhookReconciler
    webhook_url: str


def found(thing: dict[str, Any] | None, what: str) -> dict[str, Any]:
    """What was found, or a 404."""
    if thing is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"no such {what}")
    return thing


def next_cursor(page: list[dict[str, Any]], limit: int, key: str) -> str | None:
    """Where the next page goes on; None when this one was the last."""
    return page[-1][key] if len(page) == limit else None
