"""A typed client of the scheduler's API."""

from typing import TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from mailtide_common.contracts.api.model import Request
from mailtide_common.contracts.api.operators import OPERATOR_HEADER
from mailtide_common.runtime.errors import TransientError
from mailtide_console.errors import NotFoundError, RefusedError

Answer = TypeVar("Answer", bound=BaseModel)


class Problem(BaseModel):
    """The body of an error (RFC 9457)."""

    detail: str


class Scheduler:
    """Calls the API in an operator's name."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        """Use a client that has the address and the token."""
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
            method: of the request.
            path: of the route, from `/api/` on.
            operator: who acts, for the operators' log.
            body: of the request.
            query: of the request.

        Raises:
            NotFoundError: there is no such thing.
            RefusedError: the scheduler refuses, and says why.
            TransientError: it is unavailable, or cannot answer now.
        """
        json = None if body is None else body.model_dump(mode="json")
        headers = {OPERATOR_HEADER: quote(operator)}
        try:
            response = await self._client.request(method, path, json=json, params=query, headers=headers)
        except httpx.TransportError as error:
            raise TransientError(f"the scheduler does not answer: {type(error).__name__}") from error
        if response.is_error:
            raise _error(response)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            raise TransientError("MAILTIDE_SCHEDULER_URL is not a scheduler of this version") from error


def _error(response: httpx.Response) -> Exception:
    try:
        detail = Problem.model_validate_json(response.content).detail
    except ValidationError:
        detail = response.reason_phrase
    if response.status_code == httpx.codes.NOT_FOUND:
        return NotFoundError(detail)
    if response.status_code == httpx.codes.UNAUTHORIZED:
        return TransientError("the scheduler has another ADMIN_TOKEN than the console")
    if response.is_server_error:
        return TransientError(f"the scheduler cannot do this now ({response.status_code}): {detail}")
    return RefusedError(detail)
