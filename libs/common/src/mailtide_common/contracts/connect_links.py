"""Creates links that an application's users open to connect mailboxes, signed with CONNECT_SECRET.

The signature proves that the application issued the link for this user. Without a signature, anyone could
connect a mailbox in the name of another user.
"""

import hashlib
import hmac
import time
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

from .validation.shape import Shape

BASE_PATH = "/api/auth/nylas"
CONNECT_PATH = f"{BASE_PATH}/connect"
CALLBACK_PATH = f"{BASE_PATH}/callback"
VALID_SECONDS = 600
"""Default validity of a new link, in seconds."""

MAX_USER_ID_LENGTH = 128
"""Maximum number of characters of a user id. The id must fit into a cookie of 4,096 bytes, at up to four
bytes a character."""


PROVIDER = Shape(
    "([a-z][a-z0-9,_-]{0,63})?",
    "must be Nylas' name of a provider, such as google: one of a-z, then up to 63 of a-z, 0-9, comma, _ and -",
)
"""Form of the parameter `provider`, which the ingress requires. If it is empty, the user chooses."""


class LinkError(ValueError):
    """A parameter of a link is not acceptable.

    Attributes:
        parameter: name of the parameter.
        reason: the broken rule, such as "must not contain line feeds".
    """

    def __init__(self, parameter: str, reason: str) -> None:
        super().__init__(f"{parameter} {reason}")
        self.parameter = parameter
        self.reason = reason


def signature(secret: str, *, provider: str, user_id: str, return_to: str, expires: str) -> str:
    """Return the signature of a link: an HMAC-SHA256 in lower-case hexadecimal.

    The signed text consists of the parameters after `secret`, in this order, separated by line feeds. An
    absent parameter is empty.

    Args:
        secret: CONNECT_SECRET.
        provider: Nylas' name of the provider.
        user_id: the application's id of the user.
        return_to: the path or URL to which the browser is redirected afterwards.
        expires: end of the link's validity in Unix seconds, exactly as in the link.
    """
    text = f"{provider}\n{user_id}\n{return_to}\n{expires}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def connect_link(
    public_url: str,
    secret: str | None,
    *,
    provider: str = "",
    user_id: str = "",
    return_to: str = "",
    valid_seconds: int = VALID_SECONDS,
) -> str:
    """Return a link to the ingress that starts connecting a mailbox.

    Args:
        public_url: PUBLIC_URL, the base URL of the ingress for browsers, without a slash at the end.
        secret: CONNECT_SECRET; None for an unsigned link. An ingress accepts unsigned links only if it has no
            CONNECT_SECRET and its PUBLIC_URL is a loopback address.
        provider: Nylas' name of the provider; if empty, the user chooses.
        user_id: the application's id of the user; may be empty.
        return_to: a path, or a URL of an allowed origin; if empty, the ingress shows the result itself.
        valid_seconds: how long a signed link can be opened. An unsigned link does not expire.

    Raises:
        LinkError: `user_id` is too long, or a parameter contains a line feed, which would make the signature
            ambiguous.
    """
    parameters = {"provider": provider, "user_id": user_id, "return_to": return_to}
    for name, value in parameters.items():
        if "\n" in value:
            raise LinkError(name, "must not contain line feeds")
    if len(user_id) > MAX_USER_ID_LENGTH:
        raise LinkError("user_id", f"must have at most {MAX_USER_ID_LENGTH} characters")
    if secret is not None:
        expires = str(int(time.time()) + valid_seconds)
        parameters |= {
            "expires": expires,
            "signature": signature(
                secret, provider=provider, user_id=user_id, return_to=return_to, expires=expires
            ),
        }
    return f"{public_url}{CONNECT_PATH}?{urlencode({k: v for k, v in parameters.items() if v})}"


def is_loopback(url: str) -> bool:
    """Return whether a URL's host is `localhost` or a loopback address."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
