"""The list of runs, and the page of a run, which is updated until the run ends."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import anyio
from fastapi import APIRouter, Depends, Request
from sse_starlette import EventSourceResponse
from starlette.responses import Response

from mailtide_common.runtime.errors import TransientError
from mailtide_console import limits
from mailtide_console.database import snapshot
from mailtide_console.layout.page import Page
from mailtide_console.layout.paging import After, cursor, page_of
from mailtide_console.layout.parts import Parts, With
from mailtide_console.layout.render import renderer

from .store import Outcome, get_run, list_run_accounts, list_runs

PAGE = Page("Runs", "/runs", "runs")
router = APIRouter(prefix="/runs")


@router.get("")
async def runs(request: Request, parts: With, after: After = None) -> Response:
    """Show a page of runs, newest first."""
    async with snapshot(parts.pool) as connection:
        rows = await list_runs(connection, limits.RUNS_PAGE + 1, cursor(after))
    shown, last = page_of(rows, limits.RUNS_PAGE)
    return renderer(request).page(request, "runs/runs.html", runs=shown, last=last, after=after)


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of a run that a page shows."""

    run_id: UUID
    outcome: Outcome | None
    after: str | None


async def _chosen(run_id: UUID, outcome: Outcome | None = None, after: str | None = None) -> Shown:
    return Shown(run_id, outcome, after)


Chosen = Annotated[Shown, Depends(_chosen)]


@router.get("/{run_id}")  # noqa: FAST003 - `_chosen` has it
async def run(request: Request, parts: With, chosen: Chosen) -> Response:
    return renderer(request).page(request, "runs/run.html", **await _read(parts, chosen))


@router.get("/{run_id}/events")  # noqa: FAST003 - `_chosen` has it
async def events(request: Request, parts: With, chosen: Chosen) -> EventSourceResponse:
    """Stream the changing part of a run's page until the run ends, but at most for `STREAM_SECONDS`."""
    await _read(parts, chosen)  # 404 before the stream begins
    stopping = anyio.Event()
    stream = parts.streams.counted(_states(request, parts, chosen, stopping))
    return EventSourceResponse(
        stream,
        headers={"Cache-Control": "no-store"},
        shutdown_event=stopping,
        shutdown_grace_period=limits.STREAM_GRACE_SECONDS,
    )


async def _read(parts: Parts, chosen: Shown) -> dict[str, Any]:
    async with snapshot(parts.pool) as connection:
        found = await get_run(connection, chosen.run_id)
        rows = await list_run_accounts(
            connection, chosen.run_id, chosen.outcome, chosen.after, limits.RUN_ACCOUNTS_PAGE + 1
        )
    shown, last = page_of(rows, limits.RUN_ACCOUNTS_PAGE)
    return {"run": found, "accounts": shown, "last": last, "chosen": chosen, "outcomes": tuple(Outcome)}


async def _states(
    request: Request, parts: Parts, chosen: Shown, stopping: anyio.Event
) -> AsyncIterator[dict[str, str]]:
    """Yield the changing part once a second, and `end` when the run has ended.

    Nothing is yielded while Postgres is unavailable.
    """
    ends = anyio.current_time() + limits.STREAM_SECONDS
    while anyio.current_time() < ends and not stopping.is_set():
        with suppress(TransientError):
            context = await _read(parts, chosen)
            yield {"event": "run", "data": renderer(request).text(request, "runs/state.html", **context)}
            if not context["run"].running:
                yield {"event": "end", "data": ""}
                return
        with anyio.move_on_after(limits.STREAM_PAUSE_SECONDS):
            await stopping.wait()
