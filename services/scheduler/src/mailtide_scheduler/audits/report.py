"""An account's audit as it is reported: rows in, JSON out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from mailtide_common.contracts.events import SyncOutcome
from mailtide_scheduler.database import Connection, sql
from mailtide_scheduler.runs.report import iso
from mailtide_scheduler.tasks.long_ids import list_long_ids

COUNTS = ("in_account", "synced", "missing", "extra", "differing")
WRONG = ("missing", "extra", "differing")
PASSES = 10
"""Enough rows to contain the newest audit that has ended, behind one that runs."""


async def list_audit_passes(connection: Connection, account_id: UUID) -> list[Any]:
    """The newest passes of an account's audits, newest first; one row without a task when there is none."""
    rows: list[Any] = await connection.fetch(sql(__package__, "list_audit_passes"), account_id, PASSES)
    return rows


async def list_audit_folders(connection: Connection, tasks: Sequence[UUID]) -> list[Any]:
    """What passes found per folder, with the folders' names."""
    rows = [dict(row) for row in await connection.fetch(sql(__package__, "list_audit_folders"), list(tasks))]
    long = await list_long_ids(connection, {row["folder_id"] for row in rows})
    return [row | {"folder_id": long.get(row["folder_id"], row["folder_id"])} for row in rows]


async def audit_report(connection: Connection, account_id: UUID) -> dict[str, Any] | None:
    """The newest audit of which a pass has ended; None when there is no such account.

    An account that was never audited has a report without passes.
    """
    passes = await list_audit_passes(connection, account_id)
    if not passes:
        return None
    folders = await list_audit_folders(connection, [row["task_id"] for row in passes if row["task_id"]])
    return as_report(passes, folders)


def as_report(passes: Sequence[Any], folders: Sequence[Any]) -> dict[str, Any]:
    """The report. Pure.

    Args:
        passes: newest first.
        folders: of all of them, by name.
    """
    ended = next((row for row in passes if row["finished_at"]), None)
    shown = [row for row in passes if ended is not None and row["audit_id"] == ended["audit_id"]]
    told = [_pass(row, folders) for row in reversed(shown)]
    last = next((each for each in reversed(told) if each["finished_at"]), None)
    return {
        "account_id": str(passes[0]["account_id"]),
        "email": passes[0]["email_address"],
        "audit_id": None if ended is None else str(ended["audit_id"]),
        "proven": last is not None and last["clean"] and bool(last["proves"]),
        "proves": last["proves"] if last else [],
        "proven_at": iso(passes[0]["proven_at"]),
        "contents_compared": last["contents_compared"] if last else 0,
        "running": any(row["task_id"] and not row["finished_at"] for row in passes[:1]),
        "started_at": told[0]["started_at"] if told else None,
        "finished_at": last["finished_at"] if last else None,
        "folder_list": last["folder_list"] if last else None,
        "totals": last["totals"] if last else dict.fromkeys(COUNTS, 0),
        "folders": last["folders"] if last else [],
        "passes": told,
    }


def _pass(row: Any, folders: Sequence[Any]) -> dict[str, Any]:
    own = [folder for folder in folders if folder["task_id"] == row["task_id"]]
    totals = {name: sum(folder[name] for folder in own) for name in COUNTS}
    compared = row["folders_in_account"] is not None
    folder_list = {name: row[f"folders_{name}"] for name in COUNTS} if compared else None
    return {
        "pass": row["pass"],
        "repair": row["pass"] == 1,
        "started_at": iso(row["started_at"]),
        "finished_at": iso(row["finished_at"]),
        "clean": row["outcome"] == SyncOutcome.OK.value and not _wrong(totals) and not _wrong(folder_list),
        "proves": list(row["proves"] or ()),
        "folder_list": folder_list,
        "contents_compared": row["contents"],
        "totals": totals,
        "folders": [_folder(folder) for folder in own],
    }


def _wrong(counts: dict[str, int] | None) -> bool:
    return counts is not None and any(counts[name] for name in WRONG)


def _folder(row: Any) -> dict[str, Any]:
    return {
        "folder_id": row["folder_id"],
        "name": row["name"],
        "attributes": list(row["attributes"] or ()),
    } | {name: row[name] for name in COUNTS}
