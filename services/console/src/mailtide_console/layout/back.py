"""The path to which a form returns."""

from urllib.parse import urlsplit


def local_path(target: str) -> str:
    """Return the target if it is a path of this site in printable ASCII, else `/`. Pure."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    plain = target.startswith("/") and not target.startswith(("//", "/\\"))
    if parts.scheme or parts.netloc or not plain or not target.isascii() or not target.isprintable():
        return "/"
    return target
