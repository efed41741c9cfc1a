"""Signatures over the bytes as received (docs: Using webhooks with Nylas)."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_nylas import pkce
from mailtide_nylas.webhooks.signature import sign, verify

SECRET = "mock-webhook-secret"
BODY = b'{"specversion":"1.0","type":"message.created","id":"n-1"}'
SIGNATURE = "1a4689a955dbcc506538179d4abd42b81f6279ae6ce539a9ebcb82141c719301"


def test_the_published_vector() -> None:
    assert sign(BODY, SECRET) == SIGNATURE
    assert verify(BODY, SIGNATURE, [SECRET]) == 0


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        "x",
        SIGNATURE[:-1],
        SIGNATURE.upper(),
        SIGNATURE + "0",
        "z" * 64,
        "\u00e9" * 64,
        "\ud800",
    ],
)
def test_anything_else_is_refused(header: str | None) -> None:
    assert verify(BODY, header, [SECRET]) is None


def test_a_prefix_and_blanks_are_tolerated() -> None:
    assert verify(BODY, f" sha256={SIGNATURE} ", [SECRET]) == 0


def test_it_says_which_secret_matched() -> None:
    assert verify(BODY, SIGNATURE, ["new", SECRET, SECRET]) == 1


def test_an_empty_secret_signs_nothing() -> None:
    assert verify(BODY, sign(BODY, ""), ["", "other"]) is None
    assert verify(BODY, SIGNATURE, []) is None


def test_a_reserialised_body_is_another_body() -> None:
    assert verify(BODY.replace(b":", b": "), SIGNATURE, [SECRET]) is None


def test_compressed_bytes_are_what_is_signed() -> None:
    compressed = gzip.compress(BODY)
    assert verify(compressed, sign(compressed, SECRET), [SECRET]) == 0
    assert verify(BODY, sign(compressed, SECRET), [SECRET]) is None


@given(
    st.binary(max_size=100), st.text(max_size=80), st.lists(st.text(alphabet="abc", max_size=3), max_size=3)
)
def test_arbitrary_input_never_raises(body: bytes, header: str, secrets: list[str]) -> None:
    assert verify(body, header, secrets) is None


def test_pkce_is_the_sdks_form() -> None:
    verifier = "11111111-2222-3333-4444-555555555555"
    expected = "NjY2ZmY2Y2NhYTViM2MwN2ZlYWEzYTk1ZDNhNGJkMmM0NmFjOWU5YWJkYjA5Y2E5MTMzNTI4ZDNkYzFlODk1Mg"
    assert pkce.challenge(verifier) == expected
    assert pkce.new_verifier() != pkce.new_verifier()
