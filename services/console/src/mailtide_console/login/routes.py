"""Login, logout, and the choice of the theme."""

import secrets
from http import HTTPStatus
from math import ceil
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from mailtide_common.runtime.logs import get_logger
from mailtide_console import limits
from mailtide_console.layout.back import local_path
from mailtide_console.layout.render import THEME_COOKIE, renderer
from mailtide_console.metrics import LOGINS
from mailtide_console.session.sessions import Session, Sessions

from .attempts import Attempts

router = APIRouter()
log = get_logger(__name__)

THEME_SECONDS = 365 * 86_400


class Login(BaseModel):
    """The form of the login: ADMIN_TOKEN, the name for the operators' log, and the page to return to."""

    token: str = Field("", max_length=1_000)
    operator: str = Field("", max_length=limits.OPERATOR_NAME_LENGTH)
    next: str = "/"


class Theme(BaseModel):
    """The form that chooses the theme (`system` follows the browser), with the page to return to."""

    theme: Literal["light", "dark", "system"]
    next: str = "/"


@router.get("/login")
async def show_login(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    return renderer(request).page(request, "login/login.html", next=local_path(next), error=None, operator="")


@router.post("/login")
async def log_in(request: Request, form: Annotated[Login, Form()]) -> Response:
    """Start a session, and redirect to the requested page. If the login is refused, show the form again."""
    sessions: Sessions = request.app.state.sessions
    error = _refusal(request, sessions, form)
    if error is not None:
        status, text = error
        context = {"next": local_path(form.next), "error": text, "operator": form.operator}
        return renderer(request).page(request, "login/login.html", status=status, **context)
    response = RedirectResponse(local_path(form.next), HTTPStatus.SEE_OTHER)
    sessions.begin(response, Session.begin(form.operator.strip(), secrets.token_urlsafe(24)))
    LOGINS.labels("accepted").inc()
    log.info("operator_admitted")
    return response


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """End the session in this browser."""
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    request.app.state.sessions.end(response)
    return response


@router.post("/theme")
async def choose_theme(form: Annotated[Theme, Form()]) -> Response:
    """Store the theme in a cookie, and return to the page."""
    response = RedirectResponse(local_path(form.next), HTTPStatus.SEE_OTHER)
    response.set_cookie(THEME_COOKIE, form.theme, max_age=THEME_SECONDS, path="/", samesite="lax")
    return response


def _refusal(request: Request, sessions: Sessions, form: Login) -> tuple[int, str] | None:
    """Return the status and text of a refusal, or None if the login is accepted.

    A wrong token is counted in `attempts`. After too many, the logins of the client are refused unchecked for
    a while.
    """
    attempts: Attempts = request.app.state.attempts
    client = request.client.host if request.client else ""
    left = attempts.seconds_left(client)
    if left:
        LOGINS.labels("limited").inc()
        return HTTPStatus.TOO_MANY_REQUESTS, f"Too many failed logins. Try again in {ceil(left)} s."
    if not sessions.accepts(form.token):
        attempts.failed(client)
        LOGINS.labels("refused").inc()
        log.warning("login_refused")
        return HTTPStatus.FORBIDDEN, "That is not the ADMIN_TOKEN of this installation."
    if not form.operator.strip():
        return (
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "Enter your name: the operators' log records who changed what.",
        )
    return None
