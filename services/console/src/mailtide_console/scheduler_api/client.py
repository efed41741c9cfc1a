"""A client of the scheduler's or the notifier's API, which raises the console's errors."""

import httpx

from mailtide_common.contracts.api.model import Request
from mailtide_common.runtime.web.api_client import ApiClient, ApiRefusedError, Query
from mailtide_console import limits
from mailtide_console.errors import NotFoundError, RefusedError


class Api(ApiClient):
    """Calls a service's API on behalf of an operator.

    Args:
        client: HTTP client with the API's URL and token.
        server: "scheduler" or "notifier".
    """

    def __init__(self, client: httpx.AsyncClient, server: str) -> None:
        super().__init__(
            client,
            server,
            program="the console",
            read_seconds=limits.API_SECONDS,
            change_seconds=limits.API_SECONDS,
        )

    async def send(
        self,
        method: str,
        path: str,
        body: Request | None = None,
        query: Query | None = None,
        *,
        operator: str | None = None,
    ) -> bytes:
        """Send a request, and return the body of the response as it is.

        Raises:
            NotFoundError: the server answered 404.
            RefusedError: the server answered another 4xx, but not 401; the text is its reason.
            TransientError: see `ApiClient.call`.
            ConfigurationError: see `ApiClient.call`.
        """
        try:
            return await super().send(method, path, body, query, operator=operator)
        except ApiRefusedError as error:
            kind = NotFoundError if error.status == httpx.codes.NOT_FOUND else RefusedError
            raise kind(error.detail) from error
