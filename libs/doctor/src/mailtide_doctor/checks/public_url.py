"""Checks of PUBLIC_URL, to which Nylas delivers webhooks."""

from urllib.parse import urlsplit

import httpx

from mailtide_common.contracts.api.doctor import Finding
from mailtide_common.contracts.connect_links import is_loopback

from .finding import error, note, warning

PATH = "/api/webhooks/nylas"
CHALLENGE_SECONDS = 10.0
"""How long Nylas waits for the answer to a challenge (Nylas' documentation, "Webhooks")."""

TUNNELS = (".ngrok.io", ".ngrok.app", ".ngrok.dev", ".ngrok-free.app", ".ngrok-free.dev")
"""Domains of ngrok, whose addresses Nylas refuses as destinations (Nylas' documentation, "Webhooks")."""


def check_address(url: str, nylas_uri: str) -> list[Finding]:
    """Return a finding if PUBLIC_URL is a loopback address, an ngrok address or not https. Pure.

    If `nylas_uri` is a loopback address too, Nylas is the simulator, and a loopback PUBLIC_URL is only a
    note.
    """
    host = (urlsplit(url).hostname or "").lower()
    if is_loopback(url) and is_loopback(nylas_uri):
        what, why = (
            "PUBLIC_URL is an address of this machine",
            "only the simulator can deliver webhooks to it",
        )
        return [
            note(
                "public-url",
                what,
                why,
                "to use Nylas itself, set PUBLIC_URL to an address that Nylas can reach",
            )
        ]
    if is_loopback(url):
        what, fix = (
            "PUBLIC_URL is an address of this machine",
            "set PUBLIC_URL to an address that Nylas can reach",
        )
    elif urlsplit(url).scheme != "https":
        what, fix = "PUBLIC_URL is not https", "put the ingress behind TLS, and set PUBLIC_URL to https://…"
    elif host.endswith(TUNNELS):
        what, fix = (
            "PUBLIC_URL is an ngrok address",
            "use cloudflared or a domain of your own (docs/use-with-nylas.md)",
        )
    else:
        return []
    return [
        error("public-url", what, "Nylas refuses it as a webhook destination, so mail is minutes late", fix)
    ]


async def check_challenge(url: str, challenge: str) -> Finding | None:
    """Send a challenge to the webhook URL from this host, as Nylas does.

    Return a finding unless the answer is 200 with the challenge.

    Args:
        url: PUBLIC_URL.
        challenge: any text that another server would not answer.
    """
    try:
        async with httpx.AsyncClient(timeout=CHALLENGE_SECONDS) as client:
            answer = await client.get(f"{url}{PATH}", params={"challenge": challenge})
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        fault = f"{url} is not reachable: {type(failure).__name__}: {failure}".removesuffix(": ")
        why = "unless Nylas can reach it, no webhooks are delivered, so only the periodic sync finds mail"
    else:
        if answer.status_code == httpx.codes.OK and answer.text == challenge:
            return None
        fault = f"{url} answers {answer.status_code} without the challenge: it may be another server"
        why = "Nylas delivers no webhooks, so only the periodic sync finds mail"
    make = warning if is_loopback(url) else error
    return make(
        "public-url",
        fault,
        why,
        f"make {PATH} reach the ingress: check DNS, certificate, proxy and firewall; "
        "then run `mailtide webhooks ensure`",
    )
