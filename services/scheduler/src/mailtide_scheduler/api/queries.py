"""What the API shows of accounts, parked records and tasks, one function a statement."""

from typing import Any
from uuid import UUID

from mailtide_scheduler.database import Connection, sql
from mailtide_scheduler.runs.progress import Listing, progress
from mailtide_scheduler.runs.report import iso


async def list_accounts(
    connection: Connection, limit: int, after: UUID | None = None, only: UUID | None = None
) -> list[dict[str, Any]]:
    """Accounts with their schedules, by id; `only` one of them if given."""
    rows = await connection.fetch(sql(__package__, "list_accounts"), limit, after, only)
    return [_account(row) for row in rows]


async def list_dead_letters(connection: Connection, limit: int, after: UUID | None) -> list[dict[str, Any]]:
    """Parked records, newest first: sizes and reasons, never their content."""
    rows = await connection.fetch(sql(__package__, "list_dead_letters"), limit, after)
    return [_dead_letter(row) for row in rows]


def _account(row: Any) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "user_id": row["user_id"],
        "users": list(row["users"]),
        "email": row["email_address"],
        "display_name": row["display_name"],
        "provider": row["provider"],
        "grant_id": row["nylas_grant_id"],
        "status": row["status"],
        "connected_at": iso(row["connected_at"]),
        "last_sync_at": iso(row["last_sync_at"]),
        "last_sync_error": row["last_sync_error"],
        "webhook_subscription_id": row["webhook_subscription_id"],
        "next_sync_at": iso(row["next_sync_at"]),
        "throttled_until": iso(row["throttled_until"]),
        "watermark": row["watermark"],
        "failures": row["failures"],
        "open_tasks": row["open_tasks"],
        "syncing": row["syncing"],
        "first_pass_at": iso(row["first_pass_at"]),
        "proven_at": iso(row["proven_at"]),
        "next_proof_at": iso(row["next_proof_at"]),
        "next_audit_at": iso(row["next_audit_at"]),
        "held_deletions": row["held_deletions"],
        "held_folders": row["held_folders"],
        "backfill": _backfill(row),
    }


def _backfill(row: Any) -> dict[str, Any] | None:
    """How far the backfill is that has not ended."""
    if row["task_kind"] is None:
        return None
    listing = Listing(row["listed_from"], row["until"], row["oldest"], row["start_date"], row["busy_seconds"])
    return progress(listing, running=row["task_state"] == "leased") | {"synced": row["synced_count"]}


def _dead_letter(row: Any) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "topic": row["origin_topic"],
        "partition": row["origin_partition"],
        "offset": row["origin_offset"],
        "group": row["origin_group"],
        "error_class": row["error_class"],
        "error_message": row["error_message"],
        "attempts": row["attempts"],
        "size": row["size"],
        "parked_at": iso(row["parked_at"]),
        "redriven_at": iso(row["redriven_at"]),
    }
