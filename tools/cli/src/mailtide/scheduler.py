"""The scheduler's API, as an operator calls it."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import httpx
from pydantic import Field, SecretStr

from mailtide_common.runtime.errors import PermanentError, TransientError
from mailtide_common.runtime.settings import Settings, load

REQUEST_SECONDS = 60.0
"""The API answers at once, except for a rotation and a redrive, which wait for Nylas and Kafka."""

POLL_SECONDS = 0.5
PAGE = 1_000


class OperatorSettings(Settings):
    """Read from the environment by the commands that talk to the scheduler."""

    mailtide_scheduler_url: str = Field("http://127.0.0.1:8081", description="Where the scheduler's API is.")
    admin_token: SecretStr = Field(description="Bearer token of the scheduler's API.")


class Scheduler:
    """Calls the API; refusals and failures are errors with one clear line."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        """The client knows the address and the token."""
        self._client = client

    async def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, **query: str | int
    ) -> dict[str, Any]:
        """The answer's body.

        Raises:
            PermanentError: the scheduler refuses, and says why.
            TransientError: it is unavailable, or cannot answer now.
        """
        try:
            answer = await self._client.request(method, path, json=body, params=query)
        except httpx.TransportError as error:
            raise TransientError(f"the scheduler does not answer: {type(error).__name__}") from error
        if answer.is_error:
            kind = TransientError if answer.is_server_error else PermanentError
            raise kind(f"the scheduler refuses ({answer.status_code}): {_detail(answer)}")
        try:
            found: dict[str, Any] = answer.json()
        except json.JSONDecodeError as error:
            raise PermanentError("what answers at MAILTIDE_SCHEDULER_URL is not the scheduler") from error
        return found

    async def accounts(self) -> list[dict[str, Any]]:
        """All accounts; errors as `call`."""
        found: list[dict[str, Any]] = []
        query: dict[str, str | int] = {"limit": PAGE}
        while True:
            page = await self.call("GET", "/api/accounts", None, **query)
            found += page["accounts"]
            if page["next_cursor"] is None:
                return found
            query["cursor"] = page["next_cursor"]

    async def account_id(self, name: str) -> str:
        """The id of the account with this id, address or grant; errors as `call`.

        Raises:
            PermanentError: none has it, or several have.
        """
        return pick(await self.accounts(), name)

    async def finished_run(self, run_id: str, seconds: float) -> dict[str, Any]:
        """A run's report at its end, or as it is after so many seconds; errors as `call`."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            report = await self.call("GET", f"/api/runs/{run_id}")
            if report["status"] == "finished" or asyncio.get_running_loop().time() >= deadline:
                return report
            await asyncio.sleep(POLL_SECONDS)


def pick(accounts: Iterable[dict[str, Any]], name: str) -> str:
    """The id of the one account that is meant; one that is removed only if no other is. Pure.

    Raises:
        PermanentError: none is, or several are.
    """
    wanted = name.casefold()
    found = [
        account
        for account in accounts
        if wanted in {account["id"], (account["email"] or "").casefold(), account["grant_id"].casefold()}
    ]
    alive = [account for account in found if account["status"] != "removed"]
    candidates = alive or found
    if len(candidates) != 1:
        raise PermanentError(f"{len(candidates) or 'no'} accounts are called {name}: give an id")
    chosen: str = candidates[0]["id"]
    return chosen


def connect(command: str, *, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client with the environment's address and token; without a token the process ends with one line."""
    settings = load(OperatorSettings, f"mailtide {command}")
    return httpx.AsyncClient(
        base_url=settings.mailtide_scheduler_url,
        headers={"Authorization": f"Bearer {settings.admin_token.get_secret_value()}"},
        timeout=REQUEST_SECONDS,
        trust_env=False,
        transport=transport,
    )


def _detail(answer: httpx.Response) -> str:
    try:
        detail = answer.json()["detail"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return answer.reason_phrase
    return str(detail)
