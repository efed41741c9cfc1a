"""`mailtide webhooks`."""

import typer

from mailtide_common.contracts.api.webhooks import WebhookStatus

from .running import Json
from .scheduler import ask
from .show import print_webhooks

app = typer.Typer(help="The webhook destination: show, ensure, rotate its secret.", no_args_is_help=True)


@app.command()
def show(as_json: Json = False) -> None:
    """Show the destination and the result of its last check."""
    ask(
        "webhooks show",
        lambda scheduler: scheduler.call(WebhookStatus, "GET", "/api/webhooks"),
        print_webhooks,
        as_json=as_json,
    )


@app.command()
def ensure(as_json: Json = False) -> None:
    """Check the destination now, and correct it."""
    ask(
        "webhooks ensure",
        lambda scheduler: scheduler.call(WebhookStatus, "POST", "/api/webhooks/ensure"),
        print_webhooks,
        as_json=as_json,
    )


@app.command("rotate-secret")
def rotate_secret(as_json: Json = False) -> None:
    """Have Nylas hand out a new signing secret. No delivery is refused meanwhile: both secrets count."""
    ask(
        "webhooks rotate-secret",
        lambda scheduler: scheduler.call(WebhookStatus, "POST", "/api/webhooks/rotate"),
        lambda status: typer.echo(f"rotated the secret of destination {status.destination_id}"),
        as_json=as_json,
    )
