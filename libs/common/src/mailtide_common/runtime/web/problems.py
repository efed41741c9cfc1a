"""Answers errors with problem details (RFC 9457)."""

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mailtide_common.contracts.validation.invalid_fields import reason_of

MEDIA_TYPE = "application/problem+json"

RETRY_AFTER_SECONDS = 5
"""Value of `Retry-After` in the answers of `unavailable`."""

MAX_INVALID = 5
"""Maximum number of invalid parts of a request that an answer names."""


def problem(
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    close: bool = False,
    retry_after_seconds: int | None = None,
) -> Response:
    """Return a response with problem details.

    Args:
        status: HTTP status.
        detail: what is wrong, in words for the client, without secrets.
        headers: additional headers.
        close: whether to close the connection after the answer.
        retry_after_seconds: value of `Retry-After`, or None to omit this header.
    """
    all_headers = dict(headers or {})
    if retry_after_seconds is not None:
        all_headers["Retry-After"] = str(retry_after_seconds)
    if close:
        all_headers["Connection"] = "close"
    title = HTTPStatus(status).phrase
    content = {"type": "about:blank", "title": title, "status": status, "detail": _encodable(detail)}
    return Response(orjson.dumps(content), status, all_headers, MEDIA_TYPE)


def invalid(status: int, error: Any) -> Response:
    """Return the response to an invalid request. It names at most `MAX_INVALID` reasons.

    Args:
        status: HTTP status.
        error: FastAPI's `RequestValidationError`.
    """
    wrong = (f"{'.'.join(map(str, part['loc']))}: {reason_of(part)}" for part in error.errors()[:MAX_INVALID])
    return problem(status, "; ".join(wrong))


def explained(status: int, error: Exception) -> Response:
    """Return the response to an error whose text may be shown to the client."""
    return problem(status, str(error))


def unavailable(error: Exception) -> Response:
    """Return a 503 with the error's text and `Retry-After`."""
    detail = f"not now: {error}"
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_seconds=RETRY_AFTER_SECONDS)


def install(
    app: Starlette, answers: Mapping[type[Exception], Callable[[Any], Response]] | None = None
) -> None:
    """Make an app answer errors with problem details.

    By default, an `HTTPException` is answered with its status, and any other exception with 500.

    Args:
        app: the application.
        answers: functions that return the response to an error, by the error's class. They take precedence
            over the defaults.
    """
    every: dict[type[Exception], Callable[[Any], Response]] = {
        HTTPException: _http,
        Exception: _bug,
        **(answers or {}),
    }
    for kind, answer in every.items():
        app.add_exception_handler(kind, partial(_respond, answer))


async def answer_of(request: Request, error: Exception) -> Response:
    """Return the response with which the app, after `install`, answers an error."""
    handlers = request.app.exception_handlers
    handler = next(handlers[kind] for kind in type(error).__mro__ if kind in handlers)
    response: Response = await handler(request, error)
    return response


def detail_in(response: Response) -> str:
    """Return the detail in a response from `problem`."""
    return str(orjson.loads(response.body)["detail"])


def _encodable(text: str) -> str:
    """Replace lone surrogates in a text, because UTF-8 cannot encode them."""
    return text.encode("utf-8", "replace").decode()


def _http(error: HTTPException) -> Response:
    return problem(error.status_code, error.detail, headers=error.headers)


def _bug(_error: Exception) -> Response:
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error occurred; see the service's log")


async def _respond(answer: Callable[[Any], Response], _request: Request, error: Exception) -> Response:
    return answer(error)
