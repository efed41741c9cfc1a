"""Browsers are redirected to permitted hosts only."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_ingress.connect.redirects import RedirectPolicy, with_query

RULE = RedirectPolicy("https://mail.test/ingress", ("https://app.test", "http://localhost:3000"))


@pytest.mark.parametrize(
    ("return_to", "target"),
    [
        ("/", "https://mail.test/"),
        ("/settings?tab=mail#x", "https://mail.test/settings?tab=mail#x"),
        ("/a//b", "https://mail.test/a//b"),
        ("/é", "https://mail.test/%C3%A9"),
        ("/%09/evil.test", "https://mail.test/%09/evil.test"),
        ("https://mail.test/x", "https://mail.test/x"),
        ("https://MAIL.test:443/x", "https://MAIL.test:443/x"),
        ("https://app.test/done", "https://app.test/done"),
        ("https://app.test", "https://app.test"),
        ("http://localhost:3000/x", "http://localhost:3000/x"),
    ],
)
def test_allowed(return_to: str, target: str) -> None:
    assert RULE.resolve(return_to) == target


@pytest.mark.parametrize(
    "return_to",
    [
        "",
        " /x",
        "x",
        "?x",
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "/\t/evil.test",
        "/\n/evil.test",
        "/x\r\nSet-Cookie: a=b",
        "https://evil.test",
        "https://app.test.evil.test",
        "https://app.test@evil.test/",
        "https://mail.test:x@evil.test",
        "https://evil.test\\@app.test",
        "https://evil.test#@app.test",
        "https://evil.test?@app.test",
        "http://app.test",
        "https://app.test:444",
        "https://app.test:99999",
        "http://localhost:3001",
        "https:app.test",
        "https:///app.test",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://app.test",
        "https://[::1",
        "https://app.test／evil",  # noqa: RUF001 - a full-width slash
        "/" + "x" * 1_024,
    ],
)
def test_refused(return_to: str) -> None:
    assert RULE.resolve(return_to) is None


@given(st.text(alphabet="/\\@:.?#%ate&hps \t\u2028evil", max_size=30) | st.text(max_size=30))
def test_whatever_is_allowed_has_an_allowed_origin_and_fits_a_header(return_to: str) -> None:
    target = RULE.resolve(return_to)
    if target is not None:
        assert urlsplit(target).netloc.lower() in {"mail.test", "app.test", "localhost:3000", "mail.test:443"}
        assert target.isascii()
        assert target.isprintable()


def test_an_origin_that_is_none_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="MAILTIDE_RETURN_ORIGINS"):
        RedirectPolicy("https://mail.test", ("app.test",))


@pytest.mark.parametrize(
    ("public_url", "origin", "setting"),
    [
        ("https://ops:canary@mail.test", "https://app.test", "PUBLIC_URL"),
        ("https://mäil.test", "https://app.test", "PUBLIC_URL"),
        ("https://mail.test", "https://ops:canary@app.test", "MAILTIDE_RETURN_ORIGINS"),
    ],
)
def test_the_wrong_setting_is_named_without_its_password(public_url: str, origin: str, setting: str) -> None:
    with pytest.raises(ValueError, match=f"^{setting}") as refused:
        RedirectPolicy(public_url, (origin,))
    assert "canary" not in str(refused.value)


def test_parameters_come_before_the_fragment() -> None:
    assert with_query("https://a.test/x?a=1#f", {"email": "a+b@c.d"}) == (
        "https://a.test/x?a=1&email=a%2Bb%40c.d#f"
    )
