"""What the routes share: the use cases, and paging."""

from dataclasses import dataclass
from typing import Annotated

import asyncpg
from fastapi import Depends, Query, Request

from mailtide_common.contracts.api.model import PAGE_MAX
from mailtide_common.runtime.errors import TransientError
from mailtide_notifier.channels.manage import Channels
from mailtide_notifier.rules.manage import RuleBook

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]


@dataclass(frozen=True, slots=True)
class UseCases:
    """What the routes work with; they find it as `app.state.use_cases`."""

    pool: asyncpg.Pool
    channels: Channels
    rules: RuleBook


async def _composed(request: Request) -> UseCases:
    """The use cases.

    Raises:
        TransientError: the service still waits for Kafka or Postgres, or stops.
    """
    use_cases: UseCases | None = getattr(request.app.state, "use_cases", None)
    if use_cases is None:
        raise TransientError("starting or stopping")
    return use_cases


Api = Annotated[UseCases, Depends(_composed)]
