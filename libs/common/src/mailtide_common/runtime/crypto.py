"""Encrypts stored secrets and cookies, and signs OAuth state (INV-29)."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken

from .errors import PermanentError


class SecretBox:
    """Encrypts and decrypts short texts by Fernet (AES-128-CBC with HMAC-SHA256), and signs texts by HMAC-SHA256.

    A signature has no time, so it does not expire.
    """

    def __init__(self, secret_key: str) -> None:
        """Derive separate keys for encryption and signing from one secret of any length."""
        key = secret_key.encode()
        self._fernet = Fernet(base64.urlsafe_b64encode(hmac.digest(key, b"mailtide:encrypt", hashlib.sha256)))
        self._signing_key = hmac.digest(key, b"mailtide:sign", hashlib.sha256)

    def encrypt(self, text: str) -> str:
        """Return a text encrypted and authenticated, as URL-safe ASCII."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, sealed: str, *, max_age_seconds: int | None = None) -> str:
        """Decrypt a result of `encrypt`, optionally refusing one older than `max_age_seconds`.

        Raises:
            PermanentError: the text was encrypted with another key, was altered, or is too old.
        """
        try:
            return self._fernet.decrypt(sealed.encode(), ttl=max_age_seconds).decode()
        except (InvalidToken, UnicodeError) as error:
            late = "" if max_age_seconds is None else f", or older than {max_age_seconds} s"
            reason = f"decryption failed: encrypted with another SECRET_KEY, or altered{late}"
            raise PermanentError(reason) from error

    def sign(self, text: str) -> str:
        """Return a URL-safe signature of a text."""
        digest = hmac.digest(self._signing_key, text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def verify(self, text: str, signature: str) -> bool:
        """Return whether a signature is that of the text, compared in constant time."""
        return hmac.compare_digest(self.sign(text).encode(), signature.encode("utf-8", "replace"))
