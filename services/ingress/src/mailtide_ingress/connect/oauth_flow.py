"""The OAuth flow from `/connect` to the callback. The browser stores the flow in an encrypted cookie.

A process refuses to claim a flow twice. A second use in another process fails because Nylas accepts a code
only once.
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
    """The data that the callback needs.

    Attributes:
        nonce: random id of the flow.
        verifier: PKCE's code verifier.
        provider: Nylas' name of the provider, or None if the user chooses it.
        user_id: the application's user, or None for a mailbox without a user.
        return_to: absolute URL to which the browser goes in the end.
        expires_at: end of the flow, in Unix seconds.
    """

    model_config = ConfigDict(frozen=True)

    nonce: str
    verifier: str
    provider: str | None
    user_id: str | None
    return_to: str
    expires_at: float


class OAuthFlows:
    """Begins and claims flows. Remembers the nonces of claimed flows until the flows expire.

    Args:
        box: encrypts cookies and signs nonces.
        now: returns the current time in Unix seconds.
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
        """Return OAuth's `state` for a flow: its signed nonce. Nylas passes the state to the callback."""
        return f"{flow.nonce}.{self._box.sign(_CONTEXT + flow.nonce)}"

    def seal(self, flow: Flow) -> str:
        """Return the value of a flow's cookie: the encrypted flow."""
        return self._box.encrypt(flow.model_dump_json())

    def nonce_of(self, state: str) -> str:
        """Return the nonce of a state that this service signed.

        Raises:
            BadRequestError: the state has no valid signature.
        """
        nonce, _, signature = state.partition(".")
        if not nonce or not self._box.verify(_CONTEXT + nonce, signature):
            raise BadRequestError(
                "the parameter state is missing or altered, or SECRET_KEY has changed since this attempt to connect "
                "began, or differs between processes of the ingress; start again"
            )
        return nonce

    def claim(self, nonce: str, cookie: str | None) -> Flow:
        """Claim the flow that a cookie contains, and return it.

        Raises:
            BadRequestError: the cookie is missing or unreadable, or contains a flow with another nonce. Or
                the flow has expired, or was claimed before in this process.
        """
        if cookie is None:
            raise BadRequestError(
                "this browser sent no cookie of this attempt to connect: the attempt has ended, took more "
                f"than {limits.OAUTH_SECONDS // 60} minutes, or was begun in another browser or at another "
                "address than PUBLIC_URL, or this browser refuses cookies; start again"
            )
        try:
            flow = Flow.model_validate_json(self._box.decrypt(cookie))
        except (PermanentError, ValidationError) as error:
            raise BadRequestError(
                "the cookie of this attempt to connect cannot be read: it was altered, or the release has "
                "changed; start again"
            ) from error
        if flow.nonce != nonce:
            raise BadRequestError("the cookie belongs to another attempt to connect: start again")
        self._claim_once(flow)
        return flow

    def _claim_once(self, flow: Flow) -> None:
        now = self._now()
        if flow.expires_at <= now:
            raise BadRequestError("this attempt to connect has expired: start again")
        self._used = {nonce: until for nonce, until in self._used.items() if until > now}
        if flow.nonce in self._used:
            raise BadRequestError("this attempt to connect was used before: start again")
        self._used[flow.nonce] = flow.expires_at


def cookie_name(nonce: str) -> str:
    """Return the name of a flow's cookie. Each flow has its own, so that browser tabs do not interfere."""
    return COOKIE_PREFIX + nonce[:_NONCE_IN_NAME]
