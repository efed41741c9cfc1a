"""The clients and caches that the routes use."""

from dataclasses import dataclass
from typing import Annotated, Protocol

import asyncpg
from fastapi import Depends, Request

from mailtide_common.runtime.errors import TransientError
from mailtide_console.scheduler_api.client import Api
from mailtide_console.session.sessions import Session
from mailtide_console.summary.reader import Summaries

from .streams import Streams


class LinkMaker(Protocol):
    """Creates links to connect mailboxes."""

    def __call__(self, *, provider: str, user_id: str) -> str:
        """Return a new link (see `connect_link`). If `provider` is empty, the user chooses one."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The clients and caches that routes use. While the service runs, `app.state.parts` has them."""

    pool: asyncpg.Pool
    scheduler: Api
    notifier: Api
    streams: Streams
    summaries: Summaries
    link: LinkMaker


async def _composed(request: Request) -> Parts:
    parts: Parts | None = getattr(request.app.state, "parts", None)
    if parts is None:
        raise TransientError(
            "the console is starting or stopping: try again in a few seconds; if this lasts, see its log"
        )
    return parts


async def _operator(request: Request) -> str:
    session: Session = request.state.session
    return session.operator


With = Annotated[Parts, Depends(_composed)]
Operator = Annotated[str, Depends(_operator)]
"""The name of the operator who is logged in."""
