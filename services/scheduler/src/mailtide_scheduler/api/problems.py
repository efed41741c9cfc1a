"""Maps the scheduler's errors to problem details and their HTTP status."""

from functools import partial
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.web import problems
from mailtide_scheduler.errors import NotFoundError, RefusedError, WebhookError


def install(app: FastAPI) -> None:
    problems.install(
        app,
        {
            RequestValidationError: partial(problems.invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
            NotFoundError: partial(problems.explained, HTTPStatus.NOT_FOUND),
            RefusedError: partial(problems.explained, HTTPStatus.CONFLICT),
            WebhookError: partial(problems.explained, HTTPStatus.BAD_GATEWAY),
            TransientError: problems.unavailable,
            ConfigurationError: problems.unavailable,
        },
    )
