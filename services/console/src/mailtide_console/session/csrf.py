"""Checks that every change contains its session's CSRF token (INV-38)."""

import hmac
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request

from .guard import LOGIN, READING
from .sessions import Session

HEADER = "x-csrf-token"
FIELD = "csrf"


async def check_change(request: Request) -> None:
    """Check that a request has its session's token in the header or the form.

    Requests that only read, and the login, need no token.

    Raises:
        HTTPException: 403, because the request has no token or a wrong one.
    """
    if request.method in READING or request.url.path == LOGIN:
        return
    session: Session = request.state.session
    given = request.headers.get(HEADER) or (await request.form()).get(FIELD)
    if not isinstance(given, str) or not hmac.compare_digest(
        given.encode("utf-8", "replace"), session.csrf.encode()
    ):
        raise HTTPException(
            HTTPStatus.FORBIDDEN,
            "The page does not belong to this session. Load it again, then repeat the change.",
        )
