"""Masks the URLs of channels for display, and checks those of webhooks."""

from urllib.parse import urlsplit

from mailtide_common.contracts.api.channels import ChannelKind

HIDDEN = "…"


def masked(kind: ChannelKind, url: str) -> str:
    """Return a URL without the parts that may be secret. Pure.

    A webhook's URL keeps its scheme, host and port. An apprise URL keeps only its scheme.
    """
    scheme = url.partition("://")[0].lower()
    if kind is ChannelKind.WEBHOOK:
        return f"{scheme}://{urlsplit(url).netloc.rpartition('@')[2]}/{HIDDEN}"
    return f"{scheme}://{HIDDEN}"


def is_webhook(url: str) -> bool:
    """Return whether a URL can receive a webhook. Pure.

    Its scheme must be http or https, and it must have a host. It must not contain white space, a fragment or
    port 0.
    """
    try:
        parts = urlsplit(url)
        odd = parts.port == 0 or any(c.isspace() for c in url)
    except ValueError:
        return False
    return not odd and parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.fragment
