"""Only the application itself sends users to connect, except on one machine."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.connect_links import connect_link, signature
from mailtide_ingress.connect.link_signatures import LinkSignatures
from mailtide_ingress.errors import ForbiddenError

PUBLIC = "https://mail.example.com"
SECRET = "connect-secret"
LINE = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=20)


def parameters(link: str) -> dict[str, str]:
    """The arguments that the route makes of a link."""
    given = dict(parse_qsl(urlsplit(link).query))
    names = ("provider", "user_id", "return_to", "expires")
    return {**{name: given.get(name, "") for name in names}, "signature_given": given.get("signature", "")}


@given(LINE, LINE, LINE, st.integers(0, 4), LINE)
def test_a_signed_link_is_accepted_and_any_other_value_is_refused(
    provider: str, user_id: str, return_to: str, position: int, other: str
) -> None:
    link = connect_link(PUBLIC, SECRET, provider=provider, user_id=user_id, return_to=return_to)
    signatures = LinkSignatures(SECRET, PUBLIC)
    accepted = parameters(link)
    signatures.check(**accepted)
    name = list(accepted)[position]
    if accepted[name] != other:
        with pytest.raises(ForbiddenError):
            signatures.check(**{**accepted, name: other})


def test_a_value_cannot_move_from_one_parameter_to_the_next() -> None:
    """The signed text separates values by line feeds, so a value with one is refused."""
    accepted = parameters(connect_link(PUBLIC, SECRET, user_id="42", return_to="/a"))
    moved = {**accepted, "user_id": "42\n/a", "return_to": ""}
    with pytest.raises(ForbiddenError):
        LinkSignatures(SECRET, PUBLIC).check(**moved)
    with pytest.raises(ValueError, match="line"):
        connect_link(PUBLIC, SECRET, user_id="42\n43")


def test_a_signed_expiry_that_is_no_time_is_not_called_expired() -> None:
    link = {"provider": "", "user_id": "42", "return_to": "", "expires": "2026-12-01T08:00:00Z"}
    with pytest.raises(ForbiddenError, match="must be a Unix time"):
        LinkSignatures(SECRET, PUBLIC).check(**link, signature_given=signature(SECRET, **link))


@pytest.mark.parametrize(("later", "accepted"), [(59, True), (62, False)])
def test_a_link_expires(later: float, accepted: bool) -> None:
    link = parameters(connect_link(PUBLIC, SECRET, user_id="42", valid_seconds=60))
    at = int(link["expires"]) - 60 + later
    signatures = LinkSignatures(SECRET, PUBLIC, now=lambda: at)
    if accepted:
        signatures.check(**link)
    else:
        with pytest.raises(ForbiddenError, match="expired"):
            signatures.check(**link)


@pytest.mark.parametrize(
    ("secret", "public_url", "accepted"),
    [
        (None, "http://127.0.0.1:8080", True),
        (None, "http://localhost:8080", True),
        (None, "http://[::1]:8080", True),
        (None, "https://mail.example.com", False),
        (None, "http://10.0.0.1:8080", False),
        (None, "http://localhost.example.com", False),
        (SECRET, "http://127.0.0.1:8080", False),
    ],
)
def test_unsigned_links_are_accepted_at_a_loopback_address_without_a_secret_only(
    secret: str | None, public_url: str, accepted: bool
) -> None:
    unsigned = parameters(connect_link(public_url, None, user_id="42"))
    signatures = LinkSignatures(secret, public_url)
    if accepted:
        signatures.check(**unsigned)
    else:
        with pytest.raises(ForbiddenError):
            signatures.check(**unsigned)
