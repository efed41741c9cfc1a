"""What may be shown of a channel's URL: the host of a webhook's, the scheme of apprise's, which is made of secrets."""

from urllib.parse import urlsplit

from mailtide_common.contracts.api.channels import ChannelKind

HIDDEN = "…"


def masked(kind: ChannelKind, url: str) -> str:
    """A URL without whatever may be a secret. Pure."""
    scheme = url.partition("://")[0].lower()
    if kind is ChannelKind.WEBHOOK:
        parts = urlsplit(url)
        port = "" if parts.port is None else f":{parts.port}"
        return f"{scheme}://{parts.hostname}{port}/{HIDDEN}"
    return f"{scheme}://{HIDDEN}"


def is_webhook(url: str) -> bool:
    """Whether a URL is one that can be posted to. Pure."""
    try:
        parts = urlsplit(url)
        odd = parts.port == 0 or any(c.isspace() for c in url)
    except ValueError:
        return False
    return not odd and parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.fragment
