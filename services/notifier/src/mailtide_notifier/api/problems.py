"""Maps the notifier's errors to problem details and their HTTP status."""

from functools import partial
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.web import problems
from mailtide_notifier.errors import InvalidError, NotFoundError, RefusedError


def install(app: FastAPI) -> None:
    """Make the app answer errors with problem details."""
    problems.install(
        app,
        {
            RequestValidationError: partial(problems.invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
            InvalidError: partial(problems.explained, HTTPStatus.UNPROCESSABLE_ENTITY),
            NotFoundError: partial(problems.explained, HTTPStatus.NOT_FOUND),
            RefusedError: partial(problems.explained, HTTPStatus.CONFLICT),
            TransientError: problems.unavailable,
            ConfigurationError: problems.unavailable,
        },
    )
