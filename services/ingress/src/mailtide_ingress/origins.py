"""Reads the origin of a URL. Pure."""

from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]


def origin_of(url: str) -> Origin | None:
    """Return the scheme, host and port of an http or https URL.

    Return None for any other text, for a host that is not ASCII, and for a URL with a user name or password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or not parts.netloc.isascii():
        return None
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]
