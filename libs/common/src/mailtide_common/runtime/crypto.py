"""Encrypts stored secrets and cookies, and signs OAuth state (INV-29)."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken

from .errors import PermanentError


class SecretBox:
    """Encrypts short texts by Fernet (AES-128-CBC with HMAC-SHA256), and signs texts by HMAC-SHA256.

    Signatures do not expire.
    """

    def __init__(self, secret_key: str) -> None:
        """Derive one key for encryption and one for signing from `secret_key`, which may have any length."""
        key = secret_key.encode()
        self._fernet = Fernet(base64.urlsafe_b64encode(hmac.digest(key, b"mailtide:encrypt", hashlib.sha256)))
        self._signing_key = hmac.digest(key, b"mailtide:sign", hashlib.sha256)

    def encrypt(self, text: str) -> str:
        """Return the encrypted text as URL-safe ASCII. `decrypt` detects any alteration."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, sealed: str, *, max_age_seconds: int | None = None) -> str:
        """Decrypt a result of `encrypt`.

        Raises:
            PermanentError: `sealed` was encrypted with another key, was altered, or is older than
                `max_age_seconds`.
        """
        try:
            return self._fernet.decrypt(sealed.encode(), ttl=max_age_seconds).decode()
        except (InvalidToken, UnicodeError) as error:
            late = "" if max_age_seconds is None else f", or is older than {max_age_seconds} s"
            raise PermanentError(
                f"decryption failed: the value was encrypted with another SECRET_KEY, or was altered{late}"
            ) from error

    def sign(self, text: str) -> str:
        """Return a signature of a text, as URL-safe ASCII."""
        digest = hmac.digest(self._signing_key, text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def verify(self, text: str, signature: str) -> bool:
        """Return whether `signature` is the signature of `text`. Compares in constant time."""
        return hmac.compare_digest(self.sign(text).encode(), signature.encode("utf-8", "replace"))
