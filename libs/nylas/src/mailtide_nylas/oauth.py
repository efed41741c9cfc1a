"""Builds the URL of Nylas' hosted authorization page. Pure."""

from urllib.parse import quote, urlencode

from . import pkce

AUTHORIZE = "/v3/connect/auth"


def authorization_url(
    api_uri: str,
    client_id: str,
    redirect_uri: str,
    state: str,
    *,
    provider: str | None,
    code_challenge: str,
) -> str:
    """Return the URL of the authorization page (see `NylasClient.authorization_url`)."""
    params = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "access_type": "online",  # `offline` adds a refresh token, which the API key makes needless
        "state": state,
        "code_challenge": code_challenge,
        "code_challenge_method": pkce.METHOD,
    }
    if provider is not None:
        params["provider"] = provider
    return f"{api_uri}{AUTHORIZE}?{urlencode(params, quote_via=quote, safe='')}"
