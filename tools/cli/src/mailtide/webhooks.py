"""`mailtide webhooks`."""

from collections.abc import Callable

import typer

from mailtide_common.contracts.api.webhooks import WebhookStatus

from .running import Json
from .scheduler import ask
from .show import print_webhooks

app = typer.Typer(help="The webhook destination: show, ensure, rotate its secret.", no_args_is_help=True)


@app.command()
def show(as_json: Json = False) -> None:
    """Show the destination and the result of its last check."""
    _ask("show", "GET", "", print_webhooks, as_json=as_json)


@app.command()
def ensure(as_json: Json = False) -> None:
    """Check the destination now, and correct it."""
    _ask("ensure", "POST", "/ensure", print_webhooks, as_json=as_json)


@app.command("rotate-secret")
def rotate_secret(as_json: Json = False) -> None:
    """Rotate the signing secret. No delivery is refused meanwhile: both secrets are accepted."""

    def say(status: WebhookStatus) -> None:
        typer.echo(f"rotated the secret of destination {status.destination_id}")

    _ask("rotate-secret", "POST", "/rotate", say, as_json=as_json)


def _ask(name: str, method: str, path: str, show: Callable[[WebhookStatus], None], *, as_json: bool) -> None:
    ask(
        f"webhooks {name}",
        lambda scheduler: scheduler.call(WebhookStatus, method, f"/api/webhooks{path}"),
        show,
        as_json=as_json,
    )
