"""Dependencies of the routes: the use cases, and the size of a page."""

from dataclasses import dataclass
from typing import Annotated

import asyncpg
from fastapi import Depends, Query, Request

from mailtide_common.contracts.api.model import PAGE_MAX
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.operators.log import OperatorLog
from mailtide_notifier.channels.manage import Channels
from mailtide_notifier.rules.manage import RuleBook

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]


@dataclass(frozen=True, slots=True)
class UseCases:
    """The use cases that routes call, stored as `app.state.use_cases` while the service runs."""

    pool: asyncpg.Pool
    channels: Channels
    rules: RuleBook
    operators: OperatorLog


async def _composed(request: Request) -> UseCases:
    """Return `app.state.use_cases`.

    Raises:
        TransientError: the service is starting or stopping.
    """
    use_cases: UseCases | None = getattr(request.app.state, "use_cases", None)
    if use_cases is None:
        raise TransientError(
            "the notifier is starting or stopping: try again in a few seconds; if this lasts, see its log"
        )
    return use_cases


Api = Annotated[UseCases, Depends(_composed)]
