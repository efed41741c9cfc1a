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


def install(app: FastAPI) -> None:
    """Have the app answer every error with problem details."""
    problems.install(
        app,
        {
            RequestValidationError: partial(problems.invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
            NotFoundError: partial(problems.explained, HTTPStatus.NOT_FOUND),
            RefusedError: partial(problems.explained, HTTPStatus.CONFLICT),
            WebhookError: partial(problems.explained, HTTPStatus.BAD_GATEWAY),
            TransientError: _unavailable,
            ConfigurationError: _unavailable,
        },
    )


def _unavailable(error: Exception) -> Response:
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE, f"not now: {error}", retry_after_seconds=RETRY_AFTER_SECONDS
    )
