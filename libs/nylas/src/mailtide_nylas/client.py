"""The client, with one typed method for each call of the Nylas v3 API that Mailtide makes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any, Final, Self

import httpx

from . import oauth
from .decoding.answers import cursor_of, list_of, message_of, page_of, read
from .decoding.salvage import read_listing, read_message_answer
from .endless import EndlessListing
from .errors import NylasThrottledError
from .models import Application, Folder, Grant, Page, TokenExchange, Webhook, WebhookWithSecret
from .paths import (
    APPLICATION,
    FOLDER,
    FOLDERS,
    GRANT,
    MESSAGE,
    MESSAGES,
    ROTATE_SECRET,
    TOKEN,
    WEBHOOK,
    WEBHOOKS,
)
from .transport.budget import Budget, Reservation
from .transport.circuit import Circuit
from .transport.connection import MAX_ANSWER_BYTES, Connection, Observer
from .transport.limiter import GrantLimiter

MAX_PAGE = 200
"""Largest `limit` of a listing (docs: Messages, Folders)."""

MOST_FOLDER_PAGES = 400
"""Maximum number of pages that are read of one listing of folders; no real mailbox should have more."""


class NylasClient:
    """Calls Nylas. Every failed call raises a `NylasError` (see `errors`).

    Calls for messages and folders reach the provider, so `GrantLimiter` limits them. After a
    `NylasTransientError`, except for a wrong structure, a GET is retried for about a second (see
    `Connection.request`).

    Do not cancel a call or wrap it in a time-out (see `Connection`). To version an answer, take the time
    *before* the call, because the mailbox may change during it.
    """

    def __init__(
        self,
        api_uri: str,
        api_key: str,
        client_id: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        limiter: GrantLimiter | None = None,
        circuit: Circuit | None = None,
        observe: Observer | None = None,
        budget: Budget | None = None,
    ) -> None:
        """Create a client.

        Args:
            api_uri: the base URL of the application's region, without `/v3`. Other regions answer 401.
            api_key: the application's API key; also its `client_secret` for OAuth.
            client_id: the application's client id.
            transport: replaces the network, for tests.
            limiter: limits the calls for each grant. Clients that call for the same grants must share one.
            circuit: refuses calls for grants while Nylas is unavailable; None for no circuit breaker.
            observe: called after each attempt (see `Observer`).
            budget: limits the bytes of answers in memory. Share one between the clients of a process.
        """
        self.api_uri: Final = api_uri.rstrip("/")
        self._api_key = api_key
        self.client_id: Final = client_id
        self._limiter = GrantLimiter() if limiter is None else limiter  # a limiter without calls is false
        self._circuit = circuit
        self._budget = Budget() if budget is None else budget
        self._connection = Connection(
            api_uri, api_key, transport=transport, observe=observe, budget=self._budget
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connection.aclose()

    def reserve(self) -> Reservation:
        """Return a reservation for one answer. The caller releases it after processing the answer."""
        return self._budget.reserve()

    # Messages and folders: limited per grant.

    async def list_messages(
        self,
        grant_id: str,
        *,
        limit: int = 50,
        page_token: str | None = None,
        received_after: int | None = None,
        received_before: int | None = None,
        select: Sequence[str] | str | None = None,
        thread_id: str | None = None,
        reservation: Reservation | None = None,
        most_bytes: int = MAX_ANSWER_BYTES,
    ) -> Page:
        """Return a page of messages (docs: Messages, list).

        Messages are listed newest first (docs: Using the Messages API). Nylas does not promise this for each
        provider. Entries that cannot be read are in the page's `unreadable`.

        Args:
            grant_id: the mailbox.
            limit: messages per page, at most 200.
            page_token: `next_cursor` of the previous page; None for the first page.
            received_after: list only messages after this time, in unix seconds. On EWS, it is inclusive and
                counts by whole days (docs: Searching with Nylas). Elsewhere, this is not documented.
            received_before: list only messages before this time; see `received_after`.
            select: the top-level fields to return, as a sequence or separated by commas; None for all fields.
            thread_id: list only messages of this thread.
            reservation: from `reserve()`; the caller releases it when the page is no longer needed.
            most_bytes: largest page, in inflated bytes.

        Raises:
            NylasTooLargeError: the page is larger than `most_bytes`; a smaller `limit` may help.
        """
        params = _given(
            limit=limit,
            page_token=page_token,
            received_after=received_after,
            received_before=received_before,
            select=select if select is None or isinstance(select, str) else ",".join(select),
            thread_id=thread_id,
        )
        async with self._limited(grant_id):
            answer = await self._connection.request(
                "GET",
                MESSAGES,
                {"grant_id": grant_id},
                params=params,
                reading=read_listing,
                reservation=reservation,
                most_bytes=most_bytes,
            )
            return page_of(f"GET {MESSAGES}", answer)

    async def get_message(
        self, grant_id: str, message_id: str, *, reservation: Reservation | None = None
    ) -> dict[str, Any]:
        """Return a message with all standard fields, as a JSON object (docs: Messages, get).

        Args:
            grant_id: the mailbox.
            message_id: the message.
            reservation: as in `list_messages`.

        Raises:
            NylasNotFoundError: Nylas does not find the message.
            NylasUnreadableError: the message is not valid JSON, or is nested too deeply.
            NylasTooLargeError: the answer is larger than `MAX_ANSWER_BYTES`.
        """
        path = {"grant_id": grant_id, "message_id": message_id}
        async with self._limited(grant_id):
            answer = await self._connection.request(
                "GET", MESSAGE, path, reading=read_message_answer, reservation=reservation
            )
            return message_of(f"GET {MESSAGE}", answer)

    async def list_folders(self, grant_id: str) -> list[Folder]:
        """Return all folders of a mailbox (docs: Folders, list).

        Raises:
            NylasError: a call failed. `NylasTransientError` also if the listing does not end (see
                `EndlessListing`), or if an answer has a wrong structure, such as a folder without an id.
        """
        endpoint = f"GET {FOLDERS}"
        endless = EndlessListing(MOST_FOLDER_PAGES, endpoint=endpoint)
        folders: list[Folder] = []
        cursor: str | None = None
        while True:
            async with self._limited(grant_id):
                answer = await self._connection.request(
                    "GET",
                    FOLDERS,
                    {"grant_id": grant_id},
                    params=_given(limit=MAX_PAGE, page_token=cursor),
                )
                page = [read(Folder, item, endpoint) for item in list_of(endpoint, answer)]
                cursor = cursor_of(endpoint, answer)
            folders += page
            if cursor is None:
                return folders
            endless.check((folder.id for folder in page), cursor)

    async def get_folder(self, grant_id: str, folder_id: str) -> Folder:
        """Return a folder (docs: Folders, get).

        Raises:
            NylasNotFoundError: Nylas does not find the folder.
        """
        path = {"grant_id": grant_id, "folder_id": folder_id}
        async with self._limited(grant_id):
            answer = await self._connection.request("GET", FOLDER, path)
            return read(Folder, answer.get("data"), f"GET {FOLDER}")

    # Grants.

    async def get_grant(self, grant_id: str) -> Grant:
        """Return a grant with its status. This works for invalid grants too (docs: Grants, get)."""
        with self._unless_open(grant_id):
            answer = await self._connection.request("GET", GRANT, {"grant_id": grant_id})
            return read(Grant, answer.get("data"), f"GET {GRANT}")

    # The application and its webhook destinations.

    async def get_application(self) -> Application:
        """Return the application of the API key (docs: Applications, Get application)."""
        answer = await self._connection.request("GET", APPLICATION)
        return read(Application, answer.get("data"), f"GET {APPLICATION}")

    async def list_webhooks(self) -> list[Webhook]:
        """Return all webhook destinations of the application (docs: Webhooks, list)."""
        endpoint = f"GET {WEBHOOKS}"
        answer = await self._connection.request("GET", WEBHOOKS)
        return [read(Webhook, item, endpoint) for item in list_of(endpoint, answer)]

    async def create_webhook(
        self,
        url: str,
        triggers: Sequence[str],
        *,
        description: str = "",
        compressed_delivery: bool = True,
    ) -> WebhookWithSecret:
        """Create a webhook destination (docs: Webhooks, create).

        Nylas sends a challenge to `url`, and creates the destination only if the challenge is answered.

        Raises:
            NylasPermanentError: Nylas refused. For example, `url` did not answer the challenge, or another
                destination has this URL.
        """
        body = {
            "webhook_url": url,
            "trigger_types": list(triggers),
            "description": description,
            "compressed_delivery": compressed_delivery,
        }
        answer = await self._connection.request("POST", WEBHOOKS, json=body)
        return read(WebhookWithSecret, answer.get("data"), f"POST {WEBHOOKS}")

    async def update_webhook(
        self,
        webhook_id: str,
        *,
        triggers: Sequence[str] | None = None,
        status: str | None = None,
        compressed_delivery: bool | None = None,
    ) -> Webhook:
        """Change the given fields of a destination (docs: Webhooks, update).

        If `status` is `active`, Nylas sends a new challenge to the destination's URL.

        Raises:
            NylasPermanentError: Nylas refused, for example because the challenge was not answered.
        """
        changes = {
            "trigger_types": None if triggers is None else list(triggers),
            "status": status,
            "compressed_delivery": compressed_delivery,
        }
        body = {name: value for name, value in changes.items() if value is not None}
        answer = await self._connection.request("PUT", WEBHOOK, {"webhook_id": webhook_id}, json=body)
        return read(Webhook, answer.get("data"), f"PUT {WEBHOOK}")

    async def rotate_webhook_secret(self, webhook_id: str) -> WebhookWithSecret:
        """Replace a destination's secret. Nylas uses the new one at once (docs: Webhooks, rotate secret)."""
        answer = await self._connection.request("POST", ROTATE_SECRET, {"webhook_id": webhook_id}, json={})
        return read(WebhookWithSecret, answer.get("data"), f"POST {ROTATE_SECRET}")

    # Hosted OAuth.

    def authorization_url(
        self, redirect_uri: str, state: str, *, provider: str | None, code_challenge: str
    ) -> str:
        """Return the URL of the page that asks for consent (docs: Hosted OAuth, authorization request).

        Args:
            redirect_uri: the callback URL, exactly as registered with Nylas.
            state: returned unchanged to the callback, at most 256 characters.
            provider: a provider, such as `google`; None lets the user choose one.
            code_challenge: from `pkce.challenge`.
        """
        return oauth.authorization_url(
            self.api_uri,
            self.client_id,
            redirect_uri,
            state,
            provider=provider,
            code_challenge=code_challenge,
        )

    async def exchange_code(self, code: str, redirect_uri: str, code_verifier: str) -> TokenExchange:
        """Exchange a one-time code for a grant (docs: Hosted OAuth, token exchange).

        Raises:
            NylasPermanentError: Nylas refused the code, for example because the code was used before or has
                expired. `error_type` is OAuth's `error`.
        """
        body = {
            "client_id": self.client_id,
            "client_secret": self._api_key,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": code_verifier,
        }
        answer = await self._connection.request("POST", TOKEN, json=body)
        return read(TokenExchange, answer, f"POST {TOKEN}")

    @asynccontextmanager
    async def _limited(self, grant_id: str) -> AsyncIterator[None]:
        """Hold a slot of the grant during a call through the circuit. Block the grant after a `Retry-After`."""
        async with self._limiter.slot(grant_id):
            with self._unless_open(grant_id):
                try:
                    yield
                except NylasThrottledError as error:
                    if error.retry_after_seconds is not None:
                        self._limiter.block(grant_id, error.retry_after_seconds, error.scope)
                    raise

    def _unless_open(self, grant_id: str) -> AbstractContextManager[None]:
        return nullcontext() if self._circuit is None else self._circuit.call(grant_id)


def _given(**params: str | int | None) -> dict[str, str | int]:
    return {name: value for name, value in params.items() if value is not None}
