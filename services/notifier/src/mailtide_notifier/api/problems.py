"""Maps each of the notifier's errors to an HTTP status and problem details."""

from functools import partial
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response

from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.web import problems
from mailtide_common.runtime.web.problems import problem
from mailtide_notifier.errors import InvalidError, NotFoundError, RefusedError

RETRY_AFTER_SECONDS = 5


def install(app: FastAPI) -> None:
    """Register handlers so that the app answers every error with problem details."""
    problems.install(
        app,
        {
            RequestValidationError: partial(problems.invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
            InvalidError: partial(_told, HTTPStatus.UNPROCESSABLE_ENTITY),
            NotFoundError: partial(_told, HTTPStatus.NOT_FOUND),
            RefusedError: partial(_told, HTTPStatus.CONFLICT),
            TransientError: _unavailable,
            ConfigurationError: _unavailable,
            Exception: _bug,
        },
    )


def _told(status: HTTPStatus, error: Exception) -> Response:
    return problem(status, str(error))


def _unavailable(error: Exception) -> Response:
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE, f"not now: {error}", retry_after_seconds=RETRY_AFTER_SECONDS
    )


def _bug(_error: Exception) -> Response:
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error occurred; see the log")
