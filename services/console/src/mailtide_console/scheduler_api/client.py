"""Typed clients of the scheduler's and the notifier's API."""

from typing import ClassVar, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from mailtide_common.contracts.api.model import Request
from mailtide_common.contracts.api.operators import OPERATOR_HEADER
from mailtide_common.runtime.errors import TransientError
from mailtide_console import limits
from mailtide_console.errors import NotFoundError, RefusedError

Answer = TypeVar("Answer", bound=BaseModel)


class Problem(BaseModel):
    """The body of an error response (RFC 9457)."""

    detail: str


def _plain(body: Request) -> dict[str, object]:
    """Return a body as JSON, with its secrets as plain text."""
    fields: dict[str, object] = body.model_dump(mode="json", by_alias=True)
    secrets = {name: value for name, value in body if isinstance(value, SecretStr)}
    return fields | {name: value.get_secret_value() for name, value in secrets.items()}


def _reason(method: str, error: httpx.TransportError) -> str:
    reason = f"{type(error).__name__}: {error}".removesuffix(": ")  # time-outs have no text
    if isinstance(error, httpx.TimeoutException):
        reason += f" (limit: {limits.API_SECONDS:g} s)"
    if isinstance(error, httpx.ReadTimeout) and method != "GET":
        reason += "; the change may still be made"
    return reason


class Api:
    """Calls a service's API on behalf of an operator. The client is configured with the API's URL and token."""

    service: ClassVar[str]

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def call(
        self,
        answer: type[Answer],
        method: str,
        path: str,
        *,
        operator: str,
        body: Request | None = None,
        query: dict[str, str | int] | None = None,
    ) -> Answer:
        """Call a route and return the body of its answer.

        Args:
            answer: the model of the answer.
            method: the HTTP method.
            path: the path, beginning with `/api/`.
            operator: the operator's name; the service records it in the operators' log.
            body: the body of the request.
            query: the parameters of the query.

        Raises:
            NotFoundError: the service answers 404.
            RefusedError: the service answers another 4xx, with the reason.
            TransientError: the service does not answer, answers 401 or 5xx, or returns a body that is not an `answer`.
        """
        content = await self.send(method, path, operator=operator, body=body, query=query)
        try:
            return answer.model_validate_json(content)
        except ValidationError as error:
            raise TransientError(
                f"the server at {self._setting}, is not a {self.service} of the console's version:"
                " correct the address, or run both in the same version"
            ) from error

    async def send(
        self,
        method: str,
        path: str,
        *,
        operator: str,
        body: Request | None = None,
        query: dict[str, str | int] | None = None,
    ) -> bytes:
        """Call a route and return the bytes of its answer; arguments and errors as `call`, but any body is accepted."""
        json = None if body is None else _plain(body)
        headers = {OPERATOR_HEADER: quote(operator)}
        try:
            response = await self._client.request(method, path, json=json, params=query, headers=headers)
        except httpx.TransportError as error:
            reason = _reason(method, error)
            raise TransientError(f"no {self.service} answers at {self._setting}: {reason}") from error
        if response.is_error:
            raise self._error(response)
        return response.content

    @property
    def _setting(self) -> str:
        return f"MAILTIDE_{self.service.upper()}_URL, {self._client.base_url}"

    def _error(self, response: httpx.Response) -> Exception:
        try:
            detail = Problem.model_validate_json(response.content).detail
        except ValidationError:
            detail = response.reason_phrase
        if response.status_code == httpx.codes.NOT_FOUND:
            return NotFoundError(detail)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            return TransientError(f"the ADMIN_TOKEN of the {self.service} differs from the console's")
        if response.is_server_error:
            return TransientError(f"the {self.service} cannot do this now ({response.status_code}): {detail}")
        return RefusedError(detail)


class Scheduler(Api):
    """The API of accounts, runs, dead letters, the webhook destination and the doctor."""

    service = "scheduler"


class Notifier(Api):
    """The API of channels, rules and deliveries."""

    service = "notifier"
