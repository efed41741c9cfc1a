"""Routes that create a link to connect a mailbox, and then show the new accounts."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from mailtide_common.contracts.api.accounts import AccountDetails
from mailtide_common.contracts.connect_links import MAX_USER_ID_LENGTH, PROVIDER, is_loopback
from mailtide_common.contracts.validation.shape import Shape
from mailtide_common.runtime.errors import ConfigurationError
from mailtide_console.database import snapshot
from mailtide_console.layout.page import Page
from mailtide_console.layout.parts import Operator, With
from mailtide_console.layout.render import address, renderer

from .store import list_new_accounts

PAGE = Page("Connect", "/connect", "connect")
router = APIRouter()

PROVIDERS = (
    ("google", "Google", "Gmail and Google Workspace"),
    ("microsoft", "Microsoft", "Outlook.com and Microsoft 365"),
    ("icloud", "iCloud", "with an app password"),
    ("yahoo", "Yahoo", "Yahoo and AOL"),
    ("imap", "IMAP", "any other provider"),
    ("ews", "Exchange", "on premises"),
)
"""Providers: Nylas' name, the usual name, and a note."""

ACCOUNTS_SHOWN = 5

Provider = Annotated[str, PROVIDER]
UserId = Annotated[
    str,
    Query(max_length=MAX_USER_ID_LENGTH),
    Shape(r"[^\x00\r\n]*", "must not contain NUL or line breaks"),
]


@router.get("/connect")
async def choose(request: Request) -> Response:
    return renderer(request).page(request, "connect/choose.html", providers=PROVIDERS)


@router.get("/connect/link")
async def link(
    request: Request,
    parts: With,
    operator: Operator,
    *,
    provider: Provider = "",
    user_id: UserId = "",
    since: datetime | None = None,
) -> Response:
    """Show a link to connect a mailbox or, if there are any, up to 5 mailboxes connected after `since`.

    If `since` is missing or has no UTC offset, redirect to this page with the current time.

    Raises:
        ConfigurationError: the ingress would refuse the link, because it is not signed and PUBLIC_URL is not a
            loopback address.
    """
    if since is None or since.tzinfo is None:
        query = {"provider": provider, "user_id": user_id, "since": datetime.now(UTC).isoformat()}
        return RedirectResponse(address("/connect/link", query))
    async with snapshot(parts.pool) as connection:
        accounts = await list_new_accounts(connection, since, ACCOUNTS_SHOWN)
    details = [
        await parts.scheduler.call(AccountDetails, "GET", f"/api/accounts/{each.id}", operator=operator)
        for each in accounts
    ]
    made = parts.link(provider=provider, user_id=user_id)
    signed = "signature" in parse_qs(urlsplit(made).query)
    if not signed and not is_loopback(made):
        raise ConfigurationError(
            "CONNECT_SECRET must be set for the console, to the same value as for the ingress: without it, the "
            "ingress refuses all connect links, because PUBLIC_URL is not a loopback address"
        )
    return renderer(request).page(
        request,
        "connect/link.html",
        accounts=list(zip(accounts, details, strict=True)),
        provider=next((name for key, name, _ in PROVIDERS if key == provider), provider),
        user_id=user_id,
        link=made,
        signed=signed,
    )
