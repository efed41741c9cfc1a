"""The list of accounts, and bulk actions."""

from math import isqrt
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from mailtide_common.contracts.api.model import Text
from mailtide_console import limits
from mailtide_console.database import Plans, snapshot
from mailtide_console.layout.page import Page
from mailtide_console.layout.paging import page_of
from mailtide_console.layout.parts import Operator, With
from mailtide_console.layout.render import address, renderer
from mailtide_console.summary.reader import Summary

from .bulk import Bulk, act_on_all
from .filters import Sort, choices, conditions_of, pattern
from .place import Behind, ByAddress
from .store import (
    AccountRow,
    Wanted,
    list_accounts_behind,
    list_accounts_by_address,
    list_matching_grants,
)

PAGE = Page("Accounts", "/accounts", "accounts")
router = APIRouter(prefix="/accounts")


class Search(BaseModel):
    """The query parameters of the list of accounts."""

    q: Text = ""
    state: str = ""
    sort: Sort = Sort.BEHIND
    after: Text = ""


@router.get("")
async def accounts(request: Request, parts: With, search: Annotated[Search, Query()]) -> Response:
    summary = await parts.summaries.get()
    rows = await _rows(parts.pool, search, summary)
    shown, last = page_of(rows, limits.ACCOUNTS_PAGE)
    by_address = search.sort is Sort.ADDRESS
    query = {"q": search.q, "state": search.state, "sort": search.sort if by_address else ""}
    place = None if last is None else last.by_address if by_address else last.behind
    groups, single = choices(summary.counts)
    return renderer(request).page(
        request,
        "accounts/accounts.html",
        accounts=shown,
        first=address("/accounts", query) if search.after else None,
        following=None if place is None else address("/accounts", {**query, "after": str(place)}),
        total=None if search.q else sum(summary.counts.get(each, 0) for each in conditions_of(search.state)),
        groups=groups,
        single=single,
        search=search,
    )


@router.post("/bulk")
async def bulk(request: Request, parts: With, operator: Operator, form: Annotated[Bulk, Form()]) -> Response:
    """Sync, pause or resume the chosen accounts."""
    return renderer(request).back(form.next, await act_on_all(parts.scheduler, operator, form))


async def _rows(pool: asyncpg.Pool, search: Search, summary: Summary) -> list[AccountRow]:
    conditions, text = conditions_of(search.state), pattern(search.q)
    grants = summary.few(conditions)
    if grants is None and text is not None:
        async with snapshot(pool, Plans.EACH_TIME) as connection:
            grants = await list_matching_grants(
                connection, text, isqrt(limits.FEW_MATCHES * summary.tally.total)
            )
    wanted = Wanted(limits.ACCOUNTS_PAGE + 1, conditions, text, grants)
    async with snapshot(pool, Plans.ONCE) as connection:
        if search.sort is Sort.ADDRESS:
            return await list_accounts_by_address(connection, wanted, ByAddress.parse(search.after))
        return await list_accounts_behind(connection, wanted, Behind.parse(search.after))
