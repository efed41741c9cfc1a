"""Reads the origin of a URL. Pure."""

from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]


def origin_of(url: str) -> Origin | None:
    """Return scheme, host and port of an http or https URL with an ASCII host and no credentials; else None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or not parts.netloc.isascii():
        return None
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]
