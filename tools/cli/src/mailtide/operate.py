"""The commands that act through the scheduler's API."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from mailtide_common.contracts.api.accounts import AccountRemoval, AccountState
from mailtide_common.contracts.api.audits import AuditReport
from mailtide_common.contracts.api.runs import RunPage, RunReport, StartedRun, SyncAccount, SyncMode
from mailtide_common.contracts.api.webhooks import WebhookStatus
from mailtide_common.contracts.events import AccountStatus

from .running import Json, print_json, run
from .scheduler import Scheduler, connect
from .show import print_accounts, print_report, print_run

WAIT_SECONDS = 300.0

accounts_app = typer.Typer(help="Accounts: list, pause, resume, remove.", no_args_is_help=True)
runs_app = typer.Typer(help="Runs.", no_args_is_help=True)
webhooks_app = typer.Typer(help="The webhook destination.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id, address or grant of an account.")]
Wait = Annotated[float, typer.Option(help="Seconds to wait for the end.", min=0)]


T = TypeVar("T")


@accounts_app.command("list")
def list_command(as_json: Json = False) -> None:
    """List all accounts with their state."""
    accounts = _with_scheduler("accounts list", lambda scheduler: scheduler.accounts())
    if as_json:
        print_json({"accounts": accounts})
    else:
        print_accounts(accounts)


@accounts_app.command()
def pause(account: Name, as_json: Json = False) -> None:
    """Make no more calls for an account; its notifications are still stored."""
    _move("accounts pause", AccountState, "POST", account, "/pause", as_json=as_json)


@accounts_app.command()
def resume(account: Name, as_json: Json = False) -> None:
    """Go on with a paused account, and list what came meanwhile."""
    _move("accounts resume", AccountState, "POST", account, "/resume", as_json=as_json)


@accounts_app.command()
def remove(
    account: Name,
    user: Annotated[
        str | None,
        typer.Option(help="Only this user's connection: the account stays while another user has one."),
    ] = None,
    purge: Annotated[
        bool, typer.Option("--purge", help="Also delete all its mail, from Postgres and Kafka.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a purge.")] = False,
    as_json: Json = False,
) -> None:
    """Make no more calls for an account until it is connected again."""
    if purge and not yes:
        typer.confirm(f"Permanently delete all mail of {account}?", abort=True, err=True)
    query: dict[str, str | int] = {"purge": str(purge).lower()}
    if user is not None:
        query["user_id"] = user
    _move("accounts remove", AccountRemoval, "DELETE", account, as_json=as_json, query=query)


def sync_command(
    account: Annotated[
        str | None,
        typer.Argument(
            metavar="ACCOUNT", help="Id, address or grant of an account; default: all active ones."
        ),
    ] = None,
    mode: Annotated[
        SyncMode, typer.Option(help="New mail, the whole mailbox, or an audit that proves completeness.")
    ] = SyncMode.DELTA,
    wait: Wait = WAIT_SECONDS,
    as_json: Json = False,
) -> None:
    """Sync accounts now and print the outcomes. Exit code 1 when one failed or is not done in time.

    Reads ADMIN_TOKEN and MAILTIDE_SCHEDULER_URL.
    """

    async def work(scheduler: Scheduler) -> list[RunReport]:
        if account is not None:
            wanted = [await scheduler.account_id(account)]
        else:
            wanted = [each.id for each in await scheduler.accounts() if each.status is AccountStatus.ACTIVE]
        begun = [
            await scheduler.call(StartedRun, "POST", f"/api/accounts/{each}/sync", SyncAccount(mode=mode))
            for each in wanted
        ]
        return await asyncio.gather(*(scheduler.finished_run(each.run_id, wait) for each in begun))

    reports = _with_scheduler("sync", work)
    if as_json:
        print_json({"runs": reports})
    else:
        for report in reports:
            print_run(report)
    if not all(report.success and not report.pending for report in reports):
        raise typer.Exit(1)


@runs_app.command()
def show(
    run_id: Annotated[UUID | None, typer.Argument(help="Id of a run; default: the newest.")] = None,
    as_json: Json = False,
) -> None:
    """Show what a run did, per account."""

    async def work(scheduler: Scheduler) -> RunReport | None:
        wanted = run_id
        if wanted is None:
            page = await scheduler.call(RunPage, "GET", "/api/runs", query={"limit": 1})
            if not page.runs:
                return None
            wanted = page.runs[0].run_id
        return await scheduler.call(RunReport, "GET", f"/api/runs/{wanted}")

    report = _with_scheduler("runs show", work)
    if report is None:
        typer.echo("{}" if as_json else "there has been no run")
    elif as_json:
        print_json(report)
    else:
        print_run(report)


def report_command(account: Name, as_json: Json = False) -> None:
    """Show an account's newest audit: what is missing, per folder. Exit code 1 when nothing is proven.

    Reads ADMIN_TOKEN and MAILTIDE_SCHEDULER_URL.
    """

    async def work(scheduler: Scheduler) -> AuditReport:
        account_id = await scheduler.account_id(account)
        return await scheduler.call(AuditReport, "GET", f"/api/accounts/{account_id}/report")

    report = _with_scheduler("report", work)
    if as_json:
        print_json(report)
    else:
        print_report(report)
    if not report.proven:
        raise typer.Exit(1)


@webhooks_app.callback()
def webhooks() -> None:
    """The webhook destination."""


@webhooks_app.command("rotate-secret")
def rotate_secret(as_json: Json = False) -> None:
    """Have Nylas hand out a new signing secret. No delivery is refused meanwhile: both secrets count."""
    status = _with_scheduler(
        "webhooks rotate-secret",
        lambda scheduler: scheduler.call(WebhookStatus, "POST", "/api/webhooks/rotate"),
    )
    if as_json:
        print_json(status)
    else:
        typer.echo(f"rotated the secret of destination {status.destination_id}")


def _move(
    command: str,
    answer: type[AccountState],
    method: str,
    account: str,
    path: str = "",
    *,
    as_json: bool,
    query: dict[str, str | int] | None = None,
) -> None:
    async def work(scheduler: Scheduler) -> AccountState:
        account_id = await scheduler.account_id(account)
        return await scheduler.call(answer, method, f"/api/accounts/{account_id}{path}", query=query)

    moved = _with_scheduler(command, work)
    if as_json:
        print_json(moved)
    else:
        purged = ", and will be purged" if isinstance(moved, AccountRemoval) and moved.purge else ""
        typer.echo(f"{account} is {moved.status}{purged}")


def _with_scheduler(command: str, work: Callable[[Scheduler], Awaitable[T]]) -> T:
    client = connect(command)

    async def together() -> T:
        async with client:
            return await work(Scheduler(client))

    return run(together())


@runs_app.callback()
def runs() -> None:
    """Runs."""
