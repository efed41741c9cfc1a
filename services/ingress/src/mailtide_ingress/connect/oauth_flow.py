"""One attempt to connect, between `/connect` and the callback: encrypted in a cookie, claimed once."""

import secrets
import time
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, ValidationError

from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.errors import PermanentError
from mailtide_ingress import limits
from mailtide_ingress.errors import BadRequestError
from mailtide_nylas import pkce

_CONTEXT = "oauth-state:"
_NONCE_IN_NAME = 12
COOKIE_PREFIX = "mailtide_oauth_"


class Flow(BaseModel):
    """The data that the callback needs. Only the browser keeps it, and cannot read or change it."""

    model_config = ConfigDict(frozen=True)

    nonce: str
    verifier: str
    provider: str | None
    user_id: str | None
    return_to: str
    expires_at: float
    """Unix seconds."""


class OAuthFlows:
    """Begins and claims flows. Only used nonces are kept in memory, until they expire."""

    def __init__(self, box: SecretBox, now: Callable[[], float] = time.time) -> None:
        """Encrypt and sign with `box`."""
        self._box = box
        self._now = now
        self._used: dict[str, float] = {}

    def begin(self, *, provider: str | None, user_id: str | None, return_to: str) -> Flow:
        """Return a new flow."""
        return Flow(
            nonce=secrets.token_urlsafe(32),
            verifier=pkce.new_verifier(),
            provider=provider,
            user_id=user_id,
            return_to=return_to,
            expires_at=self._now() + limits.OAUTH_SECONDS,
        )

    def state(self, flow: Flow) -> str:
        """Return the `state` that Nylas echoes: the nonce, signed."""
        return f"{flow.nonce}.{self._box.sign(_CONTEXT + flow.nonce)}"

    def seal(self, flow: Flow) -> str:
        """Return the cookie's value."""
        return self._box.encrypt(flow.model_dump_json())

    def nonce_of(self, state: str) -> str:
        """Return the nonce of a state that this service signed.

        Raises:
            BadRequestError: the signature is wrong.
        """
        nonce, _, signature = state.partition(".")
        if not nonce or not self._box.verify(_CONTEXT + nonce, signature):
            raise BadRequestError("the state was not issued here")
        return nonce

    def claim(self, nonce: str, cookie: str | None) -> Flow:
        """Return the flow of a nonce, once.

        Raises:
            BadRequestError: the flow is another session's, has expired, or was claimed before.
        """
        if cookie is None:
            raise BadRequestError("the state belongs to another browser session, or has expired")
        try:
            flow = Flow.model_validate_json(self._box.decrypt(cookie))
        except (PermanentError, ValidationError) as error:
            raise BadRequestError("the session cookie cannot be read") from error
        if flow.nonce != nonce:
            raise BadRequestError("the state belongs to another browser session")
        self._claim_once(flow)
        return flow

    def _claim_once(self, flow: Flow) -> None:
        now = self._now()
        if flow.expires_at <= now:
            raise BadRequestError("the state has expired: start again")
        self._used = {nonce: until for nonce, until in self._used.items() if until > now}
        if flow.nonce in self._used:
            raise BadRequestError("the state was used before")
        self._used[flow.nonce] = flow.expires_at


def cookie_name(nonce: str) -> str:
    """Return a cookie name for each flow, so that two tabs do not interfere."""
    return COOKIE_PREFIX + nonce[:_NONCE_IN_NAME]
