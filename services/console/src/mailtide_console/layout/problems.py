"""Error pages: the status and text for each error that a route raises."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mailtide_common.contracts.validation.invalid_fields import reason_of
from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_console.errors import NotFoundError, RefusedError
from mailtide_console.session.guard import HEADERS

from .render import renderer

Words = tuple[int, str, str]
"""Status, title and text."""


def install(app: FastAPI) -> None:
    """Answer every error of the app's routes with a page."""
    answers: dict[type[Exception], Callable[[Any], Words]] = {
        HTTPException: _http,
        RequestValidationError: _invalid,
        NotFoundError: partial(_explained, HTTPStatus.NOT_FOUND, "Not found"),
        RefusedError: partial(_explained, HTTPStatus.CONFLICT, "This was refused"),
        TransientError: partial(_explained, HTTPStatus.SERVICE_UNAVAILABLE, "Not available now"),
        ConfigurationError: partial(_explained, HTTPStatus.SERVICE_UNAVAILABLE, "A setting is wrong"),
        Exception: _bug,
    }
    for kind, words in answers.items():
        app.add_exception_handler(kind, partial(_respond, words))


async def _respond(words: Callable[[Any], Words], request: Request, error: Exception) -> Response:
    status, title, text = words(error)
    response = renderer(request).page(request, "layout/error.html", status=status, title=title, text=text)
    response.headers.update(HEADERS)  # Starlette answers bugs outside all middleware
    return response


def _explained(status: int, title: str, error: Exception) -> Words:
    return status, title, str(error)


def _http(error: HTTPException) -> Words:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return error.status_code, "Not found", "There is no such page."
    return error.status_code, HTTPStatus(error.status_code).phrase, error.detail


def _invalid(error: RequestValidationError) -> Words:
    parts = "; ".join(
        ": ".join(filter(None, (".".join(map(str, each["loc"][1:])), reason_of(each))))
        for each in error.errors()[:5]
    )
    return HTTPStatus.UNPROCESSABLE_ENTITY, "The address or form is not valid", parts


def _bug(_error: Exception) -> Words:
    return (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "An unexpected error occurred",
        "The console's log has its details.",
    )
