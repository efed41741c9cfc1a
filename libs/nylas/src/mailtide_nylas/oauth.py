"""The address of Nylas' hosted authorization page. Pure."""

from urllib.parse import quote, urlencode

from . import pkce

AUTHORIZE = "/v3/connect/auth"


def authorization_url(
    api_uri: str, client_id: str, redirect_uri: str, state: str, **optional: str | None
) -> str:
    """Return the address of the page (docs: Hosted OAuth, authorization request), without absent parameters.

    Args:
        api_uri: the region's base.
        client_id: the application's.
        redirect_uri: exactly as registered.
        state: echoed unchanged.
        optional: `provider`, `code_challenge`.
    """
    params = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "access_type": "online",  # `offline` adds a refresh token, which the API key makes needless
        "state": state,
    }
    params |= {name: value for name, value in optional.items() if value is not None}
    if "code_challenge" in params:
        params["code_challenge_method"] = pkce.METHOD
    return f"{api_uri}{AUTHORIZE}?{urlencode(params, quote_via=quote, safe='')}"
