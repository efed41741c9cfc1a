"""Links by which the application's users connect mailboxes, signed with CONNECT_SECRET.

The signature states that the application itself sent this user: without it, anybody could connect a mailbox to another
user's account.
"""

import hashlib
import hmac
import time
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

CONNECT_PATH = "/api/auth/nylas/connect"
VALID_SECONDS = 600
"""How long a new link may be opened, unless its maker says otherwise."""


def signature(secret: str, *, provider: str, user_id: str, return_to: str, expires: str) -> str:
    """Return the lower-case hex HMAC-SHA256 of the parameters, one a line; those that are absent are empty.

    Args:
        secret: CONNECT_SECRET.
        provider: Nylas' name of the provider.
        user_id: the application's user.
        return_to: where the browser is sent afterwards.
        expires: Unix seconds, as the link names them.
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
    """Return a link to the ingress, valid from now.

    Args:
        public_url: PUBLIC_URL, where browsers reach the ingress.
        secret: CONNECT_SECRET; None: the link is not signed, which only an ingress at a loopback address accepts.
        provider: Nylas' name of the provider; empty: the user chooses.
        user_id: the application's user; empty: none.
        return_to: a path of PUBLIC_URL's site, or a URL of an allowed origin; empty: a plain page of the ingress.
        valid_seconds: how long it may be opened.

    Raises:
        ValueError: a parameter has several lines, so the signature would be ambiguous.
    """
    parameters = {"provider": provider, "user_id": user_id, "return_to": return_to}
    if any("\n" in value for value in parameters.values()):
        raise ValueError("provider, user_id and return_to must be one line each")
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
    """Return whether only programs of the same machine reach a URL."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
