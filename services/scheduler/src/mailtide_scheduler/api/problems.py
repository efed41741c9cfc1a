"""Errors as problem details (RFC 9457), never a stack trace."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_scheduler.accounts.state import RefusedError
from mailtide_scheduler.runs.service import InactiveAccountError, UnknownAccountError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """An error's answer.

    Args:
        status: HTTP status.
        detail: what is wrong, fit for the caller.
        headers: more of them.
    """
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return JSONResponse(content, status, dict(headers or {}), MEDIA_TYPE)


class StartupGate:
    """Answers 503 on the API while the service waits for Kafka or Postgres: its routes are not there yet."""

    def __init__(self, app: ASGIApp, composed: Callable[[], bool]) -> None:
        """Stand in front of an app."""
        self._app = app
        self._composed = composed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through once the service is composed."""
        early = scope["type"] == "http" and scope["path"].startswith("/api/") and not self._composed()
        answer = (
            problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "starting or stopping",
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )
            if early
            else self._app
        )
        await answer(scope, receive, send)


def install(app: FastAPI) -> None:
    """Have every error of an app answered as a problem."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(TransientError, _transient)
    app.add_exception_handler(ConfigurationError, _transient)
    app.add_exception_handler(UnknownAccountError, _unknown_account)
    app.add_exception_handler(InactiveAccountError, _conflict)
    app.add_exception_handler(RefusedError, _conflict)
    app.add_exception_handler(Exception, _bug)


async def _http(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.status_code, error.detail, headers=error.headers)


async def _invalid(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    wrong = "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in error.errors()[:5])
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, wrong.encode("utf-8", "replace").decode())


async def _unknown_account(_request: Request, _error: Exception) -> Response:
    return problem(HTTPStatus.NOT_FOUND, "no such account")


async def _conflict(_request: Request, error: Exception) -> Response:
    return problem(HTTPStatus.CONFLICT, str(error))


async def _transient(_request: Request, error: Exception) -> Response:
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"not now: {error}",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


async def _bug(_request: Request, _error: Exception) -> Response:
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "something unexpected went wrong; see the log")
