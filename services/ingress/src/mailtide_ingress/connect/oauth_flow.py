"""The OAuth flow, from `/connect` to the callback: stored encrypted in the browser's cookie.

A process refuses to claim a flow twice; between workers, only Nylas' one-time code prevents a second use.
"""

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
    """The data of a flow that the callback needs; the browser stores it encrypted."""

    model_config = ConfigDict(frozen=True)

    nonce: str
    verifier: str
    provider: str | None
    user_id: str | None
    return_to: str
    expires_at: float
    """Unix seconds."""


class OAuthFlows:
    """Begins and claims flows; keeps the nonces of claimed flows in memory until the flows expire.

    `box` encrypts and signs; `now` returns Unix seconds.
    """

    def __init__(self, box: SecretBox, now: Callable[[], float] = time.time) -> None:
        self._box = box
        self._now = now
        self._used: dict[str, float] = {}

    def begin(self, *, provider: str | None, user_id: str | None, return_to: str) -> Flow:
        """Return a new flow, which expires after `limits.OAUTH_SECONDS`."""
        return Flow(
            nonce=secrets.token_urlsafe(32),
            verifier=pkce.new_verifier(),
            provider=provider,
            user_id=user_id,
            return_to=return_to,
            expires_at=self._now() + limits.OAUTH_SECONDS,
        )

    def state(self, flow: Flow) -> str:
        """Return the `state` of a flow, its signed nonce, which Nylas passes to the callback."""
        return f"{flow.nonce}.{self._box.sign(_CONTEXT + flow.nonce)}"

    def seal(self, flow: Flow) -> str:
        """Return the encrypted flow, which is the value of its cookie."""
        return self._box.encrypt(flow.model_dump_json())

    def nonce_of(self, state: str) -> str:
        """Return the nonce of a state that this service signed.

        Raises:
            BadRequestError: the state has no valid signature.
        """
        nonce, _, signature = state.partition(".")
        if not nonce or not self._box.verify(_CONTEXT + nonce, signature):
            raise BadRequestError("the state is missing or was not issued by this service: start again")
        return nonce

    def claim(self, nonce: str, cookie: str | None) -> Flow:
        """Return the flow in a cookie; a second call of this process with the same flow fails.

        Raises:
            BadRequestError: the cookie is missing, unreadable or of another flow; or the flow has expired or was
                claimed before.
        """
        if cookie is None:
            raise BadRequestError(
                "this browser has no cookie of this connect: it has ended, took more than "
                f"{limits.OAUTH_SECONDS // 60} minutes, or was begun in another browser: start again"
            )
        try:
            flow = Flow.model_validate_json(self._box.decrypt(cookie))
        except (PermanentError, ValidationError) as error:
            raise BadRequestError(
                "the cookie of this connect was altered, or SECRET_KEY or the release has changed: start again"
            ) from error
        if flow.nonce != nonce:
            raise BadRequestError("the state belongs to another browser session: start again")
        self._claim_once(flow)
        return flow

    def _claim_once(self, flow: Flow) -> None:
        now = self._now()
        if flow.expires_at <= now:
            raise BadRequestError("the state has expired: start again")
        self._used = {nonce: until for nonce, until in self._used.items() if until > now}
        if flow.nonce in self._used:
            raise BadRequestError("the state was used before: start again")
        self._used[flow.nonce] = flow.expires_at


def cookie_name(nonce: str) -> str:
    """Return the cookie name of a flow; each flow has its own, so that several tabs do not interfere."""
    return COOKIE_PREFIX + nonce[:_NONCE_IN_NAME]
