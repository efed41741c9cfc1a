"""Maps the scheduler's errors to problem details and their HTTP status."""

from functools import partial
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.web import problems
from mailtide_scheduler.errors import NotFoundError, RefusedError, WebhookError

EXPLAINED: dict[type[Exception], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    RefusedError: HTTPStatus.CONFLICT,
    WebhookError: HTTPStatus.BAD_GATEWAY,
}


def install(app: FastAPI) -> None:
    problems.install(
        app,
        {
            RequestValidationError: partial(problems.invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
            **{kind: partial(problems.explained, status) for kind, status in EXPLAINED.items()},
            TransientError: problems.unavailable,
            ConfigurationError: problems.unavailable,
        },
    )


def outcome(error: Exception) -> tuple[int, str]:
    """Return the HTTP status and the text with which the operators' log records an error."""
    if isinstance(error, RequestValidationError):
        return HTTPStatus.UNPROCESSABLE_ENTITY, "the request is not valid"
    if isinstance(error, TransientError | ConfigurationError):
        return HTTPStatus.SERVICE_UNAVAILABLE, str(error)
    for kind, status in EXPLAINED.items():
        if isinstance(error, kind):
            return status, str(error)
    return HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error occurred; see the log"
