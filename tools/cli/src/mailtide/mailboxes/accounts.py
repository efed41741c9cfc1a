"""The `mailtide accounts` commands."""

from typing import Annotated

import typer

from mailtide.running import Json, group
from mailtide.scheduler import ask
from mailtide.show import print_account, print_accounts, print_held
from mailtide_common.contracts.api.accounts import (
    AccountRemoval,
    AccountState,
    ApprovedDeletions,
    DiscardedDeletions,
    HeldDeletionPage,
)
from mailtide_common.contracts.api.model import PAGE_MAX
from mailtide_common.runtime.web.api_client import Query

app = group("Accounts: list, show, pause, resume, remove, decide on held deletions.")

Name = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id, address or grant of an account.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]


@app.command("list", short_help="List all accounts with their problems.")
def list_command(as_json: Json = False) -> None:
    """List all accounts with status, last sync, progress or problem, and held deletions."""
    ask("accounts list", lambda scheduler: scheduler.accounts(), print_accounts, "accounts", as_json=as_json)


@app.command(short_help="Show an account: condition, cause, cure.")
def show(account: Name, as_json: Json = False) -> None:
    """Show an account: its condition with cause and cure, its grant and users, schedule, errors and proof."""
    ask("accounts show", lambda scheduler: scheduler.account(account), print_account, as_json=as_json)


@app.command(short_help="Stop calls to Nylas for an account.")
def pause(account: Name, as_json: Json = False) -> None:
    """Stop calls to Nylas for an account.

    Requests that were already sent to the workers are still carried out. Notifications are still stored,
    except those that need a call to Nylas: these wait.
    """
    _switch("pause", account, as_json=as_json)


@app.command()
def resume(account: Name, as_json: Json = False) -> None:
    """Resume a paused account, and sync it at once."""
    _switch("resume", account, as_json=as_json)


@app.command(short_help="Remove an account, or one user's connection.")
def remove(
    account: Name,
    user: Annotated[
        str | None,
        typer.Option(help="End only this user's connection. The account stays while another user has one."),
    ] = None,
    purge: Annotated[
        bool,
        typer.Option(
            "--purge",
            help="Also delete all its mail, from Postgres and Kafka. With --user: only if that is the last connection.",
        ),
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Remove an account, or end one user's connection to it (--user). --purge asks for confirmation.

    Requests that were already sent to the workers are still carried out. Otherwise Nylas is not called for a
    removed account until the account is connected again.
    """
    if purge and not yes:
        typer.confirm(f"Permanently delete all mail of {account}?", abort=True, err=True)
    query: Query = {"purge": str(purge).lower()}
    if user is not None:
        query["user_id"] = user

    def show(removal: AccountRemoval) -> None:
        purged = ", and will be purged" if removal.purge else ""
        typer.echo(f"{account} is {removal.status}{purged}")

    ask(
        "accounts remove",
        lambda scheduler: scheduler.of_account(AccountRemoval, account, "DELETE", query=query),
        show,
        as_json=as_json,
    )


@app.command(short_help="List deletions that wait for a decision.")
def held(account: Name, as_json: Json = False) -> None:
    """List the held deletions of an account: all folders, and at most 1,000 messages."""
    ask(
        "accounts held",
        lambda scheduler: scheduler.of_account(
            HeldDeletionPage, account, "GET", "/held-deletions", query={"limit": PAGE_MAX}
        ),
        print_held,
        as_json=as_json,
    )


@app.command(short_help="Approve all held deletions.")
def approve(account: Name, yes: Yes = False, as_json: Json = False) -> None:
    """Approve all held deletions of an account.

    Each message is fetched once more, and each folder that is still not listed. Only a 404 deletes a message
    or folder.
    """
    if not yes:
        typer.confirm(f"Approve all held deletions of {account}?", abort=True, err=True)
    ask(
        "accounts approve",
        lambda scheduler: scheduler.of_account(ApprovedDeletions, account, "POST", "/held-deletions/approve"),
        lambda decided: typer.echo(f"approved deletions of {account}: {decided.approved}"),
        as_json=as_json,
    )


@app.command(short_help="Discard all held deletions.")
def discard(account: Name, yes: Yes = False, as_json: Json = False) -> None:
    """Discard all held deletions of an account. This deletes nothing.

    A later pass may miss the same messages or folders. If they are few, each is fetched, and a 404 deletes
    it. Otherwise their deletions are held again, but not within 7 days.
    """
    if not yes:
        typer.confirm(f"Discard all held deletions of {account}?", abort=True, err=True)
    ask(
        "accounts discard",
        lambda scheduler: scheduler.of_account(
            DiscardedDeletions, account, "POST", "/held-deletions/discard"
        ),
        lambda decided: typer.echo(f"discarded deletions of {account}: {decided.discarded}"),
        as_json=as_json,
    )


def _switch(action: str, account: str, *, as_json: bool) -> None:
    ask(
        f"accounts {action}",
        lambda scheduler: scheduler.of_account(AccountState, account, "POST", f"/{action}"),
        lambda state: typer.echo(f"{account} is {state.status}"),
        as_json=as_json,
    )
