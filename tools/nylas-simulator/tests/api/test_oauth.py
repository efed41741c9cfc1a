"""Hosted OAuth beyond what the SDKs send."""

import base64
import hashlib
import secrets

import pytest

from mailtide_nylas_simulator.api.oauth import verifies


@pytest.mark.parametrize("method", ["S256", "s256"])
def test_both_spellings_of_the_pkce_method_are_one(method: str) -> None:
    """`@nylas/connect` sends S256 with the digest that the SDKs send with s256."""
    verifier = secrets.token_urlsafe(64)
    digest = hashlib.sha256(verifier.encode()).hexdigest()
    challenge = base64.b64encode(digest.encode()).decode().rstrip("=")
    assert verifies(verifier, challenge, method)
    assert not verifies(secrets.token_urlsafe(64), challenge, method)
    assert not verifies(None, challenge, method)
