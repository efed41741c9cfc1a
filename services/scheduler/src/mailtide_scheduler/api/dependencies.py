"""Dependencies of the routes: the use cases, and paging."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

import asyncpg
from fastapi import Depends, Query, Request

from mailtide_common.contracts.api.model import PAGE_MAX
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.operators.log import OperatorLog
from mailtide_doctor.examine import Doctor
from mailtide_scheduler.accounts.actions import AccountControl
from mailtide_scheduler.dead_letters.redrive import Redriver
from mailtide_scheduler.deletions.held_deletions import HeldDeletions
from mailtide_scheduler.runs.service import Runs
from mailtide_scheduler.webhooks.reconciler import WebhookReconciler

T = TypeVar("T")


Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]


@dataclass(frozen=True, slots=True)
class UseCases:
    """The parts that routes call, set as `app.state.use_cases` while the service runs."""

    pool: asyncpg.Pool
    runs: Runs
    control: AccountControl
    held: HeldDeletions
    redriver: Redriver
    reconciler: WebhookReconciler
    webhook_url: str
    operators: OperatorLog
    doctor: Doctor


async def _composed(request: Request) -> UseCases:
    """Return the use cases.

    Raises:
        TransientError: the service is waiting for Kafka or Postgres, or stopping.
    """
    use_cases: UseCases | None = getattr(request.app.state, "use_cases", None)
    if use_cases is None:
        raise TransientError(
            "the scheduler is starting or stopping: try again in a few seconds; if this lasts, see its log"
        )
    return use_cases


Api = Annotated[UseCases, Depends(_composed)]


def next_cursor(page: Sequence[T], limit: int) -> T | None:
    """Return the cursor of the next page; None if `page` is not full.

    The next page may be empty.
    """
    return page[-1] if len(page) == limit else None
