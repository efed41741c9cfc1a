"""Hosted OAuth beyond what the SDKs send."""

import base64
import hashlib
import secrets

import httpx
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


async def test_a_missing_grant_id_is_named(api: tuple[httpx.AsyncClient, str]) -> None:
    fields = {"grant_type": "client_credentials", "client_secret": "key"}
    answer = await api[0].post("/v3/connect/token", json=fields)
    assert (answer.status_code, answer.json()["error_description"]) == (400, "grant_id is required")
