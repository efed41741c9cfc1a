"""Errors as problem details (RFC 9457), never a stack trace."""

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"

RETRY_AFTER_SECONDS = 5
"""When a client may repeat a request that was answered 503."""

MAX_INVALID = 5
"""Most invalid parts of a request that are named."""


def problem(
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    close: bool = False,
    retry_after_seconds: int | None = None,
) -> Response:
    """Return an error's response.

    Args:
        status: HTTP status.
        detail: the fault, in words fit for the caller.
        headers: additional headers.
        close: end the connection after the answer.
        retry_after_seconds: when to try again.
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
    """Return the response to a request that fails validation.

    Args:
        status: HTTP status.
        error: FastAPI's `RequestValidationError`. Its messages do not repeat the request.
    """
    wrong = (f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors()[:MAX_INVALID])
    return problem(status, "; ".join(wrong))


def explained(status: int, error: Exception) -> Response:
    """Return the answer to an error whose text is fit for the caller."""
    return problem(status, str(error))


def unavailable(error: Exception) -> Response:
    """Return the answer to an error after which the same request may succeed later."""
    detail = f"not now: {error}"
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_seconds=RETRY_AFTER_SECONDS)


def install(
    app: Starlette, answers: Mapping[type[Exception], Callable[[Any], Response]] | None = None
) -> None:
    """Have an app answer errors as problems.

    Args:
        app: an `HTTPException` is answered with its own status, a bug with 500.
        answers: the answers to other kinds of errors, or another one to bugs (`Exception`).
    """
    every: dict[type[Exception], Callable[[Any], Response]] = {
        HTTPException: _http,
        Exception: _bug,
        **(answers or {}),
    }
    for kind, answer in every.items():
        app.add_exception_handler(kind, partial(_respond, answer))


def _encodable(text: str) -> str:
    """The text with half surrogate pairs, which have no UTF-8 form, replaced."""
    return text.encode("utf-8", "replace").decode()


def _http(error: HTTPException) -> Response:
    return problem(error.status_code, error.detail, headers=error.headers)


def _bug(_error: Exception) -> Response:
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error occurred; see the log")


async def _respond(answer: Callable[[Any], Response], _request: Request, error: Exception) -> Response:
    return answer(error)
