"""A client of the scheduler's and the notifier's API, for the programs that operators use."""

from typing import TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from mailtide_common.contracts.api.model import Request
from mailtide_common.contracts.api.operators import OPERATOR_HEADER
from mailtide_common.contracts.validation.invalid_fields import invalid_fields
from mailtide_common.runtime.errors import ConfigurationError, PermanentError, TransientError

Answer = TypeVar("Answer", bound=BaseModel)
Query = dict[str, str | int]

UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Errors before a request is sent."""


class ApiRefusedError(PermanentError):
    """A request that the server refused.

    Attributes:
        status: the HTTP status, 400 to 499 without 401.
        detail: the reason that the server gives. Without one, advice to check the address.
    """

    def __init__(self, server: str, status: int, detail: str) -> None:
        super().__init__(f"the {server} refused the request ({status}): {detail}")
        self.status = status
        self.detail = detail


class Problem(BaseModel):
    """The part of an error response (RFC 9457) that is shown."""

    detail: str


class ApiClient:
    """Calls the API of the scheduler or the notifier.

    Args:
        client: HTTP client with the base URL and the bearer token.
        server: "scheduler" or "notifier".
        program: the name of the calling program in error messages, such as "the console".
        read_seconds: longest wait for a connection, and for the response to a GET.
        change_seconds: longest wait for the response to another method.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        server: str,
        *,
        program: str,
        read_seconds: float,
        change_seconds: float,
    ) -> None:
        self._client = client
        self._server = server
        self._program = program
        self._read_seconds = read_seconds
        self._change_seconds = change_seconds

    async def call(
        self,
        answer: type[Answer],
        method: str,
        path: str,
        body: Request | None = None,
        query: Query | None = None,
        *,
        operator: str | None = None,
    ) -> Answer:
        """Send a request, and return the validated body of the response.

        Args:
            answer: the model of the response's body.
            method: the HTTP method.
            path: the path, which begins with `/api/`.
            body: the body of the request.
            query: the parameters of the query.
            operator: the operator's name, which the server records with a change. Pass None if the headers of
                `client` contain the name, or if it is unknown.

        Raises:
            ApiRefusedError: the server refused the request.
            TransientError: the server is unreachable, does not answer in time, or answers with a 5xx.
            ConfigurationError: the server refused the token, redirects the request, or answers with a body that
                is not valid for `answer`.
        """
        content = await self.send(method, path, body, query, operator=operator)
        try:
            return answer.model_validate_json(content)
        except ValidationError as error:
            fault = next(map(str, invalid_fields(error)), "another structure")
            done = "" if method == "GET" else "; what was requested may have been done"
            raise ConfigurationError(
                f"the server at {self._where} is not a {self._server} of {self._program}'s version ({fault}): "
                f"correct the address, or run both in one version{done}"
            ) from error

    async def send(
        self,
        method: str,
        path: str,
        body: Request | None = None,
        query: Query | None = None,
        *,
        operator: str | None = None,
    ) -> bytes:
        """Send a request, and return the bytes of the response's body.

        The arguments are described at `call`. So are the errors, but the body is not validated.
        """
        seconds = self._read_seconds if method == "GET" else self._change_seconds
        try:
            response = await self._client.request(
                method,
                path,
                json=None if body is None else _plain(body),
                params=query,
                headers=None if operator is None else {OPERATOR_HEADER: quote(operator)},
                timeout=httpx.Timeout(seconds, connect=self._read_seconds),
            )
        except httpx.ReadTimeout as error:
            later = "" if method == "GET" else "; the request may still be carried out"
            raise TransientError(
                f"the {self._server} at {self._where} accepts connections, but does not answer"
                f" within {seconds:.0f} s: check its log, and whether Postgres and Kafka answer{later}"
            ) from error
        except httpx.TransportError as error:
            reason = f"{type(error).__name__}: {error}".removesuffix(": ")  # time-outs have no text
            later = (
                ""
                if method == "GET" or isinstance(error, UNSENT)
                else "; the request may have been carried out"
            )
            raise TransientError(f"no {self._server} answers at {self._where}: {reason}{later}") from error
        if not response.is_success:
            raise self._error(response)
        return response.content

    @property
    def _where(self) -> str:
        return f"{self._client.base_url} (MAILTIDE_{self._server.upper()}_URL)"

    def _error(self, response: httpx.Response) -> Exception:
        status = response.status_code
        if status == httpx.codes.UNAUTHORIZED:
            return ConfigurationError(
                f"the {self._server} at {self._where} refuses ADMIN_TOKEN: set it to that {self._server}'s ADMIN_TOKEN"
            )
        if response.is_redirect:  # not followed, because the token or the method could be lost
            return ConfigurationError(
                f"{self._where} redirects to another address ({status}), so the request was not carried out: "
                f"set it to the {self._server}'s own address"
            )
        try:
            detail = Problem.model_validate_json(response.content).detail
        except ValidationError:  # no problem details, such as the answer of a proxy
            detail = f"{response.reason_phrase}; check that {self._where} is the {self._server}'s address"
        if status == httpx.codes.SERVICE_UNAVAILABLE:
            return TransientError(
                f"the {self._server} cannot answer now (503): {detail.removeprefix('not now: ')}"
            )
        if response.is_server_error:
            return TransientError(f"the {self._server} could not carry out the request ({status}): {detail}")
        return ApiRefusedError(self._server, status, detail)


def _plain(body: Request) -> dict[str, object]:
    """Return a body's fields for JSON, with secrets as plain text."""
    fields: dict[str, object] = body.model_dump(mode="json", by_alias=True)
    secrets = {name: value for name, value in body if isinstance(value, SecretStr)}
    return fields | {name: value.get_secret_value() for name, value in secrets.items()}
