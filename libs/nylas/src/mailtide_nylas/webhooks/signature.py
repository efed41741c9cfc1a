"""Webhook signatures: HMAC-SHA256 over the received bytes (docs: Using webhooks with Nylas) (INV-27)."""

import hashlib
import hmac
from collections.abc import Sequence

HEADER = "x-nylas-signature"

_PREFIX = "sha256="
"""Optional prefix of the header's value. It is not documented; Nylas' CLI accepts it."""


def sign(body: bytes, secret: str) -> str:
    """Return the value of the signature header for a body, in lower-case hexadecimal."""
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def verify(body: bytes, header: str | None, secrets: Sequence[str]) -> int | None:
    """Return the index of the secret that signed a body, or None if no secret did.

    All secrets are tried, so that the duration does not depend on which one matches.

    Args:
        body: the exact bytes received, because Nylas signs a compressed delivery in its compressed form.
        header: value of `x-nylas-signature`, with or without the prefix `sha256=`; None if there is none.
        secrets: the secrets to try; an empty one never matches.
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
