"""Client of the scheduler's API, and of the notifier's."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from getpass import getuser
from typing import Annotated, ClassVar, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx
import typer
from pydantic import Field

from mailtide_common.contracts.api.accounts import AccountDetails, AccountPage
from mailtide_common.contracts.api.model import PAGE_MAX
from mailtide_common.contracts.api.operators import OPERATOR_HEADER
from mailtide_common.contracts.api.runs import RunReport
from mailtide_common.contracts.events import AccountStatus
from mailtide_common.runtime.errors import PermanentError
from mailtide_common.runtime.settings import Secret, Settings, WebAddress, load
from mailtide_common.runtime.web.api_client import Answer, ApiClient, Query

from .running import print_json, run

READ_SECONDS = 10.0
"""Seconds to wait for a connection, and for the response to a GET."""

CHANGE_SECONDS = 60.0
"""Seconds to wait for the response to another method. Some changes take long: to rotate a secret, the
scheduler waits for Nylas; to redrive, for Kafka."""

POLL_SECONDS = 0.5

Result = TypeVar("Result")

Limit = Annotated[int, typer.Option(help="Maximum number of entries to show.", min=1, max=PAGE_MAX)]


class OperatorSettings(Settings):
    """Settings of the commands that call the scheduler."""

    server: ClassVar[str] = "scheduler"
    mailtide_scheduler_url: WebAddress = Field(
        "http://127.0.0.1:8081", description="Where the scheduler's API is."
    )
    admin_token: Secret = Field(description="Bearer token of the scheduler's and the notifier's API.")

    @property
    def api_url(self) -> str:
        return self.mailtide_scheduler_url


class Scheduler(ApiClient):
    """Client of the API of the scheduler, or of the notifier.

    Args:
        client: HTTP client with the base URL, the bearer token and the operator's name.
        server: "scheduler" or "notifier".
    """

    def __init__(self, client: httpx.AsyncClient, server: str = OperatorSettings.server) -> None:
        super().__init__(
            client,
            server,
            program="this command",
            read_seconds=READ_SECONDS,
            change_seconds=CHANGE_SECONDS,
        )

    async def accounts(self) -> list[AccountDetails]:
        """Return all accounts, ordered by id. Raises what `call` raises."""
        found: list[AccountDetails] = []
        query: Query = {"limit": PAGE_MAX}
        while True:
            page = await self.call(AccountPage, "GET", "/api/accounts", query=query)
            found += page.accounts
            if page.next_cursor is None:
                return found
            query["cursor"] = str(page.next_cursor)

    async def account(self, name: str) -> AccountDetails:
        """Return the account with this id, address or grant, as `pick` chooses it.

        Raises:
            PermanentError: no account, or more than one, matches.
            MailtideError: see `call`.
        """
        page = await self.call(AccountPage, "GET", "/api/accounts", query={"name": name})
        return pick(page.accounts, name)

    async def account_id(self, name: str) -> UUID:
        return (await self.account(name)).id

    async def of_account(
        self, answer: type[Answer], name: str, method: str, path: str = "", *, query: Query | None = None
    ) -> Answer:
        """Call a route below the account with this id, address or grant. Raises what `account` raises."""
        return await self.call(
            answer, method, f"/api/accounts/{await self.account_id(name)}{path}", query=query
        )

    async def finished_run(self, run_id: UUID, seconds: float) -> RunReport:
        """Wait up to `seconds` for a run to finish, and return its report, finished or not.

        Raises what `call` raises.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            report = await self.call(RunReport, "GET", f"/api/runs/{run_id}")
            if report.status == "finished" or asyncio.get_running_loop().time() >= deadline:
                return report
            await asyncio.sleep(POLL_SECONDS)


def pick(found: Sequence[AccountDetails], name: str) -> AccountDetails:
    """Return the account that is meant, of those that the scheduler found for `name`. Pure.

    A removed account is meant only if there is no other.

    Raises:
        PermanentError: no account is meant, or more than one.
    """
    alive = [account for account in found if account.status is not AccountStatus.REMOVED]
    candidates = alive or found
    if len(candidates) != 1:
        reason = f"no account has the id, address or grant {name}: see"
        if candidates:
            reason = f"{len(candidates)} accounts have the address {name}: use an id from"
        raise PermanentError(f"{reason} `mailtide accounts list`")
    return candidates[0]


def ask(
    command: str,
    work: Callable[[Scheduler], Awaitable[Result]],
    show: Callable[[Result], None],
    name: str | None = None,
    *,
    as_json: bool,
    settings: type[OperatorSettings] = OperatorSettings,
) -> Result:
    """Call the API, print the result, and return it. On an error, exit as `fetch` does.

    Args:
        command: the command's name, for the error about settings.
        work: calls the API and returns the result.
        show: prints the result as text.
        name: the result's key in the printed JSON object. None if the result itself is the object.
        as_json: print JSON instead of text.
        settings: the class of the settings, with the API's address and token.
    """
    result = fetch(command, work, settings)
    if as_json:
        print_json(result if name is None else {name: result})
    else:
        show(result)
    return result


def fetch(
    command: str,
    work: Callable[[Scheduler], Awaitable[Result]],
    settings: type[OperatorSettings] = OperatorSettings,
) -> Result:
    """Call the API, and return the result. The arguments are as in `ask`.

    A wrong setting or a `MailtideError` is printed on stderr as one line, and ends the command with its exit
    code.
    """
    known = load(settings, f"mailtide {command}")

    async def together() -> Result:
        async with httpx.AsyncClient(
            base_url=known.api_url,
            headers={
                "Authorization": f"Bearer {known.admin_token.get_secret_value()}",
                OPERATOR_HEADER: quote(_operator()),
            },
            trust_env=False,
        ) as client:
            return await work(Scheduler(client, settings.server))

    return run(together())


def _operator() -> str:
    """Return the name of the user who runs the command, for the operators' log; "mailtide" if unknown."""
    try:
        return getuser()
    except (KeyError, OSError):  # the user id of a container may have no name
        return "mailtide"
