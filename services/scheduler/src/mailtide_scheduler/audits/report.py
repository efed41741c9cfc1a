"""Builds the report of an account's newest audit."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from mailtide_common.contracts.api.audits import AuditPass, AuditReport, Counts, FolderCounts
from mailtide_common.contracts.events import SyncOutcome
from mailtide_scheduler.database import Connection, sql
from mailtide_scheduler.errors import UnknownAccountError
from mailtide_scheduler.tasks.long_ids import list_long_ids

PASSES = 10
"""Maximum number of passes that are read. They include the newest audit that has ended, even while another
audit runs."""

Folders = dict[UUID, list[FolderCounts]]
"""The findings of each pass per folder, by the pass's task id."""


async def list_audit_passes(connection: Connection, account_id: UUID) -> list[Any]:
    """Return the newest passes of an account's audits, newest first, at most `PASSES`.

    If the account has no audits, the only row has no `task_id`. If there is no such account, there are no
    rows.
    """
    rows: list[Any] = await connection.fetch(sql(__package__, "list_audit_passes"), account_id, PASSES)
    return rows


async def list_audit_folders(connection: Connection, tasks: Sequence[UUID]) -> Folders:
    """Return the findings of the passes `tasks` per folder, with the folders' names."""
    rows = await connection.fetch(sql(__package__, "list_audit_folders"), list(tasks))
    long = await list_long_ids(connection, {row["folder_id"] for row in rows})
    found: Folders = {task: [] for task in tasks}
    for row in rows:
        folder_id = long.get(row["folder_id"], row["folder_id"])
        found[row["task_id"]].append(FolderCounts(**{**row, "folder_id": folder_id}))
    return found


async def audit_report(connection: Connection, account_id: UUID) -> AuditReport:
    """Return the report of an account's newest audit with an ended pass.

    If there is no such audit, the report has no passes.

    Raises:
        UnknownAccountError: there is no such account.
    """
    passes = await list_audit_passes(connection, account_id)
    if not passes:
        raise UnknownAccountError
    folders = await list_audit_folders(connection, [row["task_id"] for row in passes if row["task_id"]])
    return as_report(passes, folders)


def as_report(rows: Sequence[Any], folders: Folders) -> AuditReport:
    """Build the report of the newest audit with an ended pass. Pure.

    If there is no such audit, the report has no passes.

    Args:
        rows: the rows of `list_audit_passes`; at least one.
        folders: the findings of every pass in `rows` per folder, by task id.
    """
    ended = next((row for row in rows if row["finished_at"]), None)
    shown = [row for row in rows if ended is not None and row["audit_id"] == ended["audit_id"]]
    passes = [_pass(row, folders[row["task_id"]]) for row in reversed(shown)]
    last = next((each for each in reversed(passes) if each.finished_at), None)
    return AuditReport(
        account_id=rows[0]["account_id"],
        email=rows[0]["email_address"],
        audit_id=ended and ended["audit_id"],
        proven=last is not None and last.clean and bool(last.proves),
        proves=last.proves if last else (),
        proven_at=rows[0]["proven_at"],
        contents_compared=last.contents_compared if last else 0,
        running=bool(rows[0]["task_id"] and not rows[0]["finished_at"]),
        started_at=passes[0].started_at if passes else None,
        finished_at=last.finished_at if last else None,
        folder_list=last.folder_list if last else None,
        totals=last.totals if last else Counts(),
        folders=last.folders if last else (),
        passes=tuple(passes),
    )


def _pass(row: Any, folders: Sequence[FolderCounts]) -> AuditPass:
    folder_list = _counts(row, "folders")
    return AuditPass(
        number=row["pass"],
        repair=row["pass"] == 1,
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        clean=row["outcome"] == SyncOutcome.OK.value
        and all(folder.agree for folder in folders)
        and (folder_list is None or folder_list.agree),
        proves=tuple(row["proves"] or ()),
        folder_list=folder_list,
        contents_compared=row["contents"],
        totals=_counts(row, "messages") or _summed(folders),
        folders=tuple(folders),
    )


def _counts(row: Any, what: str) -> Counts | None:
    """Return the counts in the columns that begin with `what`; None if they were not reported."""
    if row[f"{what}_in_account"] is None:
        return None
    return Counts(**{name: row[f"{what}_{name}"] for name in Counts.model_fields})


def _summed(folders: Sequence[FolderCounts]) -> Counts:
    """Return the sums over folders, for passes without counts of messages.

    A message counts in each of its folders.
    """
    return Counts(**{name: sum(getattr(each, name) for each in folders) for name in Counts.model_fields})
