"""The `mailtide webhooks` commands."""

import secrets
from collections.abc import Callable

import typer

from mailtide_common.contracts.api.webhooks import WebhookStatus
from mailtide_common.runtime.settings import PublicUrlSettings, load

from .running import FOUND, Json, group, print_json, run
from .scheduler import ask
from .show import print_webhooks

app = group("The webhook destination: show its state, ensure it, rotate its secret, test it from outside.")


@app.command("status", short_help="Show destinations and last error.")
def status_command(as_json: Json = False) -> None:
    """Show the webhook destinations, and the error of the last check.

    Exit code 1 if there was an error.
    """
    status = _ask("status", "GET", "", print_webhooks, as_json=as_json)
    if status.error is not None:
        raise typer.Exit(FOUND)


@app.command(short_help="Check the destination at Nylas, repair it.")
def ensure(as_json: Json = False) -> None:
    """Check the webhook destination at Nylas now, and repair it.

    Exit code 1 if Mailtide does not manage the destination, 3 if the check or the repair failed.
    """
    _ask("ensure", "POST", "/ensure", print_webhooks, as_json=as_json)


@app.command("rotate-secret", short_help="Replace the signing secret.")
def rotate_secret(as_json: Json = False) -> None:
    """Replace the signing secret at Nylas.

    Deliveries that are signed with the old secret are accepted for an hour.

    Exit code 1 if Mailtide does not manage the destination, 3 if the secret could not be replaced.
    """

    def show(status: WebhookStatus) -> None:
        typer.echo(f"rotated the secret of destination {status.destination_id}")

    _ask("rotate-secret", "POST", "/rotate", show, as_json=as_json)


@app.command("test", short_help="Send a challenge to PUBLIC_URL.")
def try_destination(as_json: Json = False) -> None:
    """Send a challenge to PUBLIC_URL, as Nylas does before it delivers.

    Run this outside your network, for example on a laptop. Inside it, firewalls and certificates are not
    tested.

    Exit code 1 unless the challenge is answered correctly.
    """
    from mailtide_doctor.checks.public_url import check_challenge  # noqa: PLC0415 - loads httpx

    url = load(PublicUrlSettings, "mailtide webhooks test").public_url
    finding = run(check_challenge(url, secrets.token_hex(8)))
    if as_json:
        print_json({"url": url, "error": None if finding is None else finding.what})
    else:
        typer.echo(
            f"{url} answers the challenge" if finding is None else f"{finding.what}\n  fix: {finding.fix}"
        )
    if finding is not None:
        raise typer.Exit(FOUND)


def _ask(
    name: str, method: str, path: str, show: Callable[[WebhookStatus], None], *, as_json: bool
) -> WebhookStatus:
    return ask(
        f"webhooks {name}",
        lambda scheduler: scheduler.call(WebhookStatus, method, f"/api/webhooks{path}"),
        show,
        as_json=as_json,
    )
