"""Masks channel URLs for display: a webhook's URL keeps scheme, host and port, an apprise URL only its scheme."""

from urllib.parse import urlsplit

from mailtide_common.contracts.api.channels import ChannelKind

HIDDEN = "…"


def masked(kind: ChannelKind, url: str) -> str:
    """Return a URL without the parts that may be secret. Pure."""
    scheme = url.partition("://")[0].lower()
    if kind is ChannelKind.WEBHOOK:
        parts = urlsplit(url)
        port = "" if parts.port is None else f":{parts.port}"
        return f"{scheme}://{parts.hostname}{port}/{HIDDEN}"
    return f"{scheme}://{HIDDEN}"


def is_webhook(url: str) -> bool:
    """Return whether a URL can receive a webhook. Pure.

    It must be http or https and have a host, but no white space, no fragment and not port 0.
    """
    try:
        parts = urlsplit(url)
        odd = parts.port == 0 or any(c.isspace() for c in url)
    except ValueError:
        return False
    return not odd and parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.fragment
