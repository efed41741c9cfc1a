"""Verifies that the application signed a connect link."""

import hmac
import time
from collections.abc import Callable

from mailtide_common.contracts.connect_links import is_loopback, signature
from mailtide_ingress.errors import ForbiddenError


class LinkSignatures:
    """Verifies signatures of connect links.

    Without a secret, no signature can be verified. Every link is then accepted if `public_url` is a loopback
    address, and refused if it is not.

    Args:
        secret: CONNECT_SECRET, or None if it is not set.
        public_url: PUBLIC_URL.
        now: returns the current time in Unix seconds.
    """

    def __init__(self, secret: str | None, public_url: str, now: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._open = secret is None and is_loopback(public_url)
        self._now = now

    @property
    def refuses_all(self) -> bool:
        """Whether every link is refused, because CONNECT_SECRET is missing."""
        return self._secret is None and not self._open

    def check(
        self, *, provider: str, user_id: str, return_to: str, expires: str, signature_given: str
    ) -> None:
        """Verify a link by its query parameters. Pass "" for an absent parameter.

        Raises:
            ForbiddenError: the link is unsigned, altered, malformed or expired, or every link is refused.
        """
        if self._open:
            return
        if self._secret is None:
            raise ForbiddenError("connect links are refused until CONNECT_SECRET is set")
        if "\n" in f"{user_id}{return_to}":  # line feeds separate what is signed
            raise ForbiddenError("user_id and return_to of a connect link must not contain line feeds")
        expected = signature(
            self._secret, provider=provider, user_id=user_id, return_to=return_to, expires=expires
        )
        if not hmac.compare_digest(expected.encode(), signature_given.encode()):
            raise ForbiddenError("the link is not signed with this service's CONNECT_SECRET, or was altered")
        if not (expires.isascii() and expires.isdecimal()):
            raise ForbiddenError(
                "the parameter `expires` of the connect link must be a Unix time in whole seconds, such as "
                "1767225600"
            )
        if int(expires) < self._now():
            raise ForbiddenError("the link has expired: ask the application for a new one")
