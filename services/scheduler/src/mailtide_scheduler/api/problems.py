"""Maps the scheduler's errors to problem details and their HTTP status."""

from functools import partial
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response

from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.web import problems
from mailtide_common.runtime.web.problems import problem
from mailtide_scheduler.errors import NotFoundError, RefusedError, WebhookError

RETRY_AFTER_SECONDS = 5


EXPLAINED: dict[type[Exception], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    RefusedError: HTTPStatus.CONFLICT,
    WebhookError: HTTPStatus.BAD_GATEWAY,
}


def install(app: FastAPI) -> None:
    """Have the app answer every error with problem details."""
    problems.install(
        app,
        {
            RequestValidationError: partial(problems.invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
            **{kind: partial(problems.explained, status) for kind, status in EXPLAINED.items()},
            TransientError: _unavailable,
            ConfigurationError: _unavailable,
        },
    )


def outcome(error: Exception) -> tuple[int, str]:
    """Return the status and the text by which the operators' log records an error."""
    if isinstance(error, RequestValidationError):
        return HTTPStatus.UNPROCESSABLE_ENTITY, "the request is not valid"
    if isinstance(error, TransientError | ConfigurationError):
        return HTTPStatus.SERVICE_UNAVAILABLE, str(error)
    for kind, status in EXPLAINED.items():
        if isinstance(error, kind):
            return status, str(error)
    return HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error occurred; see the log"


def _unavailable(error: Exception) -> Response:
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE, f"not now: {error}", retry_after_seconds=RETRY_AFTER_SECONDS
    )
