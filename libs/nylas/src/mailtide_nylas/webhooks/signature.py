"""Webhook signatures: HMAC-SHA256 over the received bytes (docs: Using webhooks with Nylas) (INV-27)."""

import hashlib
import hmac
from collections.abc import Sequence

HEADER = "x-nylas-signature"

_PREFIX = "sha256="
"""Not documented; Nylas' own CLI tolerates it."""


def sign(body: bytes, secret: str) -> str:
    """Return the header's value for a body: lower-case hex."""
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def verify(body: bytes, header: str | None, secrets: Sequence[str]) -> int | None:
    """Find the secret that signed a body.

    Compressed deliveries are signed compressed, so pass the received bytes. Nylas sends lower-case hex; anything
    else is refused. All secrets are tried, so the duration does not depend on which one matches.

    Args:
        body: the exact bytes received.
        header: value of `x-nylas-signature`, or None.
        secrets: candidates; an empty one never matches.

    Returns:
        The index of the matching secret, or None.
    """
    if not header:
        return None
    given = header.strip().removeprefix(_PREFIX).encode("utf-8", "replace")
    matched: int | None = None
    for index, secret in enumerate(secrets):
        same = hmac.compare_digest(sign(body, secret).encode(), given)
        if same and secret and matched is None:
            matched = index
    return matched
