"""PKCE as Nylas' SDKs for Python and Node implement it. It differs from RFC 7636.

The challenge is the unpadded Base64 of the *hexadecimal* SHA-256. The method is `s256` in lower case.
"""

import base64
import hashlib
import secrets

METHOD = "s256"


def new_verifier() -> str:
    """Return a random verifier of 86 URL-safe characters (512 bit)."""
    return secrets.token_urlsafe(64)


def challenge(verifier: str) -> str:
    """Return the challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode()).hexdigest()
    return base64.b64encode(digest.encode()).decode().rstrip("=")
