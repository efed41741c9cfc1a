"""Decides to which URLs a browser may be redirected after connecting an account. Pure."""

from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from mailtide_ingress import limits
from mailtide_ingress.origins import origin_of

_SAFE = "/%:@!$&'()*+,;=~-._?"


class RedirectPolicy:
    """Allows redirects to known origins only, so that a link cannot send a browser elsewhere."""

    def __init__(self, public_url: str, origins: tuple[str, ...]) -> None:
        """Allow the origin of PUBLIC_URL and the origins of MAILTIDE_RETURN_ORIGINS.

        Raises:
            ValueError: `public_url` or a URL in `origins` has no origin (`origin_of`). The message names the
                setting and shows no credentials.
        """
        parts = urlsplit(public_url)
        self._base = f"{parts.scheme}://{parts.netloc}"
        own = origin_of(public_url)
        if own is None:
            raise ValueError(
                "PUBLIC_URL must have an ASCII host (xn--… for other letters) and no user name or password"
            )
        self._allowed = {own}
        for listed in origins:
            origin = origin_of(listed)
            if origin is None:
                shown = listed.rpartition("@")[2]  # without user name and password
                raise ValueError(
                    f"MAILTIDE_RETURN_ORIGINS: {shown!r} is not an origin such as https://app.example.com, with an "
                    "ASCII host and without a user name; the value must be a comma-separated list of origins"
                )
            self._allowed.add(origin)

    def resolve(self, return_to: str) -> str | None:
        """Return `return_to` as an absolute, percent-encoded URL, or None if it is not allowed or too long.

        Some texts are refused because browsers read them differently. Browsers remove tabs and line feeds,
        read a backslash as a slash, and read `//host` as another host.
        """
        if _is_tricky(return_to) or return_to.startswith("//"):
            return None
        url = self._base + return_to if return_to.startswith("/") else return_to
        origin = origin_of(url)
        if origin is None or origin not in self._allowed:
            return None
        target = _ascii(url)
        return target if len(target) <= limits.MAX_RETURN_TO_LENGTH else None


def with_query(url: str, parameters: dict[str, str]) -> str:
    """Return the URL with the parameters added to its query."""
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(parameters, quote_via=quote)]))
    return urlunsplit(parts._replace(query=query))


def _is_tricky(text: str) -> bool:
    return "\\" in text or any(not c.isprintable() or c.isspace() for c in text)


def _ascii(url: str) -> str:
    """Return a URL in percent-encoded ASCII, as a header's value requires."""
    parts = urlsplit(url)
    return urlunsplit(
        parts._replace(
            path=quote(parts.path, safe=_SAFE),
            query=quote(parts.query, safe=_SAFE),
            fragment=quote(parts.fragment, safe=_SAFE),
        )
    )
