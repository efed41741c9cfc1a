"""Client of the scheduler's API, and of the notifier's."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from getpass import getuser
from typing import Annotated, ClassVar, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx
import typer
from pydantic import BaseModel, Field, ValidationError

from mailtide_common.contracts.api.accounts import AccountDetails, AccountPage
from mailtide_common.contracts.api.model import PAGE_MAX, Request
from mailtide_common.contracts.api.operators import OPERATOR_HEADER
from mailtide_common.contracts.api.runs import RunReport
from mailtide_common.contracts.events import AccountStatus
from mailtide_common.contracts.invalid_fields import invalid_fields
from mailtide_common.runtime.errors import ConfigurationError, PermanentError, TransientError
from mailtide_common.runtime.settings import Secret, Settings, WebAddress, load

from .running import print_json, run

READ_SECONDS = 10.0
"""Seconds to wait for a connection, and for the response to a GET."""

CHANGE_SECONDS = 60.0
"""Seconds to wait for the response to another method: a secret's rotation waits for Nylas, a redrive for Kafka."""

POLL_SECONDS = 0.5

Answer = TypeVar("Answer", bound=BaseModel)
Result = TypeVar("Result")
Query = dict[str, str | int]

Limit = Annotated[int, typer.Option(help="Most entries to show.", min=1, max=PAGE_MAX)]


class Problem(BaseModel):
    """The part of an error response (RFC 9457) that is shown."""

    detail: str


class OperatorSettings(Settings):
    """Settings of the commands that call the scheduler."""

    server: ClassVar[str] = "scheduler"
    mailtide_scheduler_url: WebAddress = Field(
        "http://127.0.0.1:8081", description="Where the scheduler's API is."
    )
    admin_token: Secret = Field(description="Bearer token of the scheduler's API.")

    @property
    def api_url(self) -> str:
        return self.mailtide_scheduler_url


class Scheduler:
    """Client of the API of the scheduler, or of the notifier.

    Args:
        client: HTTP client with the base URL and the bearer token.
        server: name of the service, for error messages: "scheduler" or "notifier".
    """

    def __init__(self, client: httpx.AsyncClient, server: str = OperatorSettings.server) -> None:
        self._client = client
        self._server = server

    async def call(
        self,
        answer: type[Answer],
        method: str,
        path: str,
        body: Request | None = None,
        query: Query | None = None,
    ) -> Answer:
        """Send a request, and return the validated body of the response.

        Raises:
            PermanentError: the server refused the request (4xx except 401); the message has its reason.
            TransientError: the server is unreachable, does not answer in time, or answers with a 5xx.
            ConfigurationError: the server refused the token, or the body is not valid for `answer`.
        """
        where = f"MAILTIDE_{self._server.upper()}_URL, {self._client.base_url}"
        json = None if body is None else body.model_dump(mode="json")
        seconds = READ_SECONDS if method == "GET" else CHANGE_SECONDS
        timeout = httpx.Timeout(seconds, connect=READ_SECONDS)
        try:
            response = await self._client.request(method, path, json=json, params=query, timeout=timeout)
        except httpx.ReadTimeout as error:
            later = "" if method == "GET" else "; the request may still be carried out"
            raise TransientError(
                f"the {self._server} at {where}, accepts connections and does not answer"
                f" within {seconds:.0f} s: it, or a server that it waits for, hangs or is overloaded{later}"
            ) from error
        except httpx.TransportError as error:
            reason = f"{type(error).__name__}: {error}".removesuffix(": ")  # time-outs have no text
            raise TransientError(f"no {self._server} answers at {where}: {reason}") from error
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise ConfigurationError(
                f"the {self._server} at {where}, refuses ADMIN_TOKEN: set it to that {self._server}'s ADMIN_TOKEN"
            )
        if response.is_error:
            detail = (
                _detail(response) or f"{response.reason_phrase}; check that {where}, is the {self._server}"
            )
            if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                reason = detail.removeprefix("not now: ")
                raise TransientError(f"the {self._server} cannot answer now (503): {reason}")
            reason = f"the request ({response.status_code}): {detail}"
            if response.is_server_error:
                raise TransientError(f"the {self._server} could not carry out {reason}")
            raise PermanentError(f"the {self._server} refused {reason}")
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            fault = next(map(str, invalid_fields(error)), "another structure")
            done = "" if method == "GET" else "; what was requested may have been done"
            raise ConfigurationError(
                f"the server at {where}, is not a {self._server} of this command's version ({fault}): "
                f"correct the address, or use `mailtide` of that {self._server}'s version{done}"
            ) from error

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
        """Return the account with this id, address or grant, as `pick` chooses it. Also raises what `call` raises.

        Raises:
            PermanentError: no account, or more than one, matches.
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
        """Wait up to `seconds` for a run to finish; return its report, finished or not. Raises what `call` raises."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            report = await self.call(RunReport, "GET", f"/api/runs/{run_id}")
            if report.status == "finished" or asyncio.get_running_loop().time() >= deadline:
                return report
            await asyncio.sleep(POLL_SECONDS)


def pick(accounts: Iterable[AccountDetails], name: str) -> AccountDetails:
    """Return the account with this id, address or grant, ignoring case; a removed one only if no other matches. Pure.

    Raises:
        PermanentError: no account, or more than one, matches.
    """
    wanted = name.casefold()
    found = [
        account
        for account in accounts
        if wanted in {str(account.id), (account.email or "").casefold(), account.grant_id.casefold()}
    ]
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
    """Call the API, print the result and return it; on an error, exit as `fetch` does.

    Args:
        command: the command's name, for the error about settings.
        work: calls the API and returns the result.
        show: prints the result as text.
        name: the result's key in the printed JSON object; None if the result itself is the object.
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
    """Call the API and return the result; arguments as in `ask`.

    A wrong setting or a `MailtideError` is printed on stderr as one line, and ends the command with its exit code.
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
    """Return the name of the user who runs the command, for the operators' log; "mailtide" if it is unknown."""
    try:
        return getuser()
    except (KeyError, OSError):  # the user id of a container may have no name
        return "mailtide"


def _detail(response: httpx.Response) -> str | None:
    """Return the reason in a response, or None if it is not problem details, such as a proxy's."""
    try:
        return Problem.model_validate_json(response.content).detail
    except ValidationError:
        return None
