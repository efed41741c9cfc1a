"""Sessions in encrypted cookies (INV-38). The server stores nothing, so every replica accepts them."""

import hmac
import time
from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel, SecretStr, ValidationError
from starlette.requests import HTTPConnection
from starlette.responses import Response

from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.errors import PermanentError

NOTICE_SECONDS = 60

NOTICE_BYTES = 2_400
"""Maximum number of bytes of a notice. Browsers drop a cookie of more than 4,096 bytes, and encryption adds a
third."""


class Session(BaseModel):
    """The session of an operator who is logged in."""

    operator: str
    """The name given at the login."""
    csrf: str
    """CSRF token, which every change must contain."""
    started_at: float
    """Unix seconds."""

    @classmethod
    def begin(cls, operator: str, csrf: str) -> Self:
        return cls(operator=operator, csrf=csrf, started_at=time.time())


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie that scripts cannot read.

    From other sites, browsers send it with links, such as those in alerts, but not with forms or scripts.
    """

    name: str
    secure: bool

    def set(self, response: Response, value: str, seconds: int) -> None:
        response.set_cookie(
            self.name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def clear(self, response: Response) -> None:
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="lax")


class Sessions:
    """Starts, reads and ends sessions. A change of ADMIN_TOKEN ends all sessions."""

    def __init__(self, admin_token: SecretStr, *, seconds: int, secure: bool) -> None:
        """Sessions end `seconds` after their start. If `secure`, browsers send the cookies over TLS only."""
        self._token = admin_token.get_secret_value().encode()
        self._box = SecretBox(f"console:{admin_token.get_secret_value()}")
        self._seconds = seconds
        prefix = "__Host-" if secure else ""
        self._cookie = Cookie(f"{prefix}mailtide_session", secure)
        self._notice = Cookie(f"{prefix}mailtide_notice", secure)

    def accepts(self, token: str) -> bool:
        """Return whether the token is ADMIN_TOKEN, comparing in constant time."""
        return hmac.compare_digest(token.encode("utf-8", "replace"), self._token)

    def begin(self, response: Response, session: Session) -> None:
        """Set the cookie of a session."""
        self._cookie.set(response, self._box.encrypt(session.model_dump_json()), self._seconds)

    def end(self, response: Response) -> None:
        """Delete the cookies of the session and the notice."""
        self._cookie.clear(response)
        self._notice.clear(response)

    def read(self, request: HTTPConnection) -> Session | None:
        """Return the session of a request, or None if it has no valid session.

        A session is not valid if it was altered, has expired, or was made with another ADMIN_TOKEN.
        """
        sealed = request.cookies.get(self._cookie.name)
        if not sealed:
            return None
        try:
            return Session.model_validate_json(self._box.decrypt(sealed, max_age_seconds=self._seconds))
        except (PermanentError, ValidationError):
            return None

    def notify(self, response: Response, text: str) -> None:
        """Set a cookie with a notice, which the next page shows. A text beyond `NOTICE_BYTES` is cut."""
        plain = text.encode("utf-8", "replace")
        if len(plain) > NOTICE_BYTES:
            text = f"{plain[:NOTICE_BYTES].decode('utf-8', 'ignore')} …"
        self._notice.set(response, self._box.encrypt(text), NOTICE_SECONDS)

    def take_notice(self, request: HTTPConnection) -> str | None:
        """Return the pending notice, or None. `clear_notice` deletes it."""
        sealed = request.cookies.get(self._notice.name)
        if not sealed:
            return None
        try:
            return self._box.decrypt(sealed, max_age_seconds=NOTICE_SECONDS)
        except PermanentError:
            return None

    def clear_notice(self, response: Response) -> None:
        """Delete the cookie of the notice, so that the notice is not shown again."""
        self._notice.clear(response)
