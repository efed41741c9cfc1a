"""The `mailtide connect-link` command."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from mailtide.running import Json, command, print_json
from mailtide.scheduler import fetch
from mailtide_common.contracts.api.accounts import AccountDetails
from mailtide_common.contracts.connect_links import (
    PROVIDER,
    VALID_SECONDS,
    LinkError,
    connect_link,
    is_loopback,
)
from mailtide_common.contracts.health.conditions import moment
from mailtide_common.contracts.validation.invalid_fields import invalid_fields
from mailtide_common.runtime.settings import ConnectSettings, load, refuse

DAY_SECONDS = 86_400
OPTIONS = {"provider": "--provider", "user_id": "--user", "return_to": "--return-to"}
"""The option of each parameter of a link."""


def connect_link_command(  # noqa: PLR0917 - options of a command
    account: Annotated[
        str | None,
        typer.Argument(
            metavar="ACCOUNT",
            help="Id, address or grant of an account to connect again, for its provider and its first user.",
        ),
    ] = None,
    provider: Annotated[
        str,
        typer.Option(
            help="Nylas' name of the provider, such as google; default: ACCOUNT's, else the user chooses."
        ),
    ] = "",
    user: Annotated[
        str, typer.Option(help="Id of the application's user; default: ACCOUNT's, else none.")
    ] = "",
    return_to: Annotated[
        str,
        typer.Option(
            help="Where the browser is sent afterwards: a path of PUBLIC_URL's site, or a URL of an origin in the "
            "ingress' MAILTIDE_RETURN_ORIGINS; default: the ingress shows the result."
        ),
    ] = "",
    valid: Annotated[
        int, typer.Option(help="Seconds for which a signed link may be opened.", min=1, max=30 * DAY_SECONDS)
    ] = VALID_SECONDS,
    as_json: Json = False,
) -> None:
    """Print a link with which a person connects a mailbox, or connects it again.

    CONNECT_SECRET signs the link, and must be the same for this command and the ingress. Only if PUBLIC_URL is
    a loopback address may both be without it.

    Reads PUBLIC_URL and CONNECT_SECRET; with ACCOUNT also ADMIN_TOKEN and MAILTIDE_SCHEDULER_URL.
    """
    settings = load(ConnectSettings, "mailtide connect-link")
    if settings.link_secret is None and not is_loopback(settings.public_url):
        refuse(
            "mailtide connect-link",
            "CONNECT_SECRET must be set: without it, the ingress refuses all connect links, because PUBLIC_URL is "
            "not a loopback address",
        )
    _check_provider(provider)
    if account is not None:
        found: AccountDetails = fetch("connect-link", lambda scheduler: scheduler.account(account))
        provider, user = provider or found.provider or "", user or found.user_id or ""
    try:
        link = connect_link(
            settings.public_url,
            settings.link_secret,
            provider=provider,
            user_id=user,
            return_to=return_to,
            valid_seconds=valid,
        )
    except LinkError as error:
        raise typer.BadParameter(error.reason, param_hint=OPTIONS[error.parameter]) from error
    if as_json:
        print_json({"url": link})
        return
    typer.echo(link)
    if settings.link_secret is None:
        typer.echo("not signed, because CONNECT_SECRET is not set: the link does not expire", err=True)
    else:
        until = moment(datetime.now(UTC) + timedelta(seconds=valid))
        typer.echo(f"valid until {until}; --valid SECONDS makes a link that lasts longer", err=True)


def _check_provider(provider: str) -> None:
    try:
        TypeAdapter(Annotated[str, PROVIDER]).validate_python(provider)
    except ValidationError as error:
        raise typer.BadParameter(invalid_fields(error)[0].reason, param_hint="--provider") from error


app = command(connect_link_command)
