"""The reason for the time of the next sync, also if that time is not known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from mailtide_common.contracts.api.accounts import BackfillProgress
from mailtide_common.contracts.health.conditions import account_health
from mailtide_common.contracts.progress import Listing, progress
from mailtide_console.account.schedule import reason_of
from mailtide_console.account.store import Account

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def account(**fields: Any) -> Account:
    row = dict.fromkeys(("since", "next_at", "failed_at", "detail"), None)
    given: dict[str, Any] = dict.fromkeys(Account.__slots__)
    given |= {"account_id": uuid4(), "grant_id": "g", "users": (), "failures": 0}
    given["health"] = account_health({**row, "condition": "current"}, account="a")
    return Account(**{**given, **fields})


@pytest.mark.parametrize(
    ("next_sync_at", "reason"),
    [
        (NOW + timedelta(days=3_650), "no timer: SYNC_INTERVAL is 0"),
        (None, "unknown: no scheduler has planned"),
    ],
)
def test_only_a_missing_timer_blames_the_setting(next_sync_at: datetime | None, reason: str) -> None:
    assert reason_of(account(next_sync_at=next_sync_at), NOW).startswith(reason)


def test_a_waiting_part_of_the_download_is_not_blamed_on_the_timer() -> None:
    row = {"condition": "backfilling", "since": NOW, "next_at": NOW, "failed_at": None, "detail": None}
    listing = Listing(watermark=None, until=None, oldest=None, start_date=None, busy_seconds=0.0)
    backfill = BackfillProgress(**dict(progress(listing, running=False)), synced=0)
    downloading = account(
        health=account_health(row, account="a"), backfill=backfill, next_sync_at=NOW + timedelta(minutes=9)
    )
    assert reason_of(downloading, NOW).startswith("the next part of the download")
    later = account_health({**row, "next_at": NOW + timedelta(minutes=9)}, account="a")
    assert reason_of(replace(downloading, health=later), NOW).startswith("SYNC_INTERVAL after")


def test_a_sync_that_an_event_made_due_is_not_blamed_on_the_timer() -> None:
    row = {"condition": "current", "since": None, "next_at": NOW, "failed_at": None, "detail": None}
    health = account_health(row, account="a")
    wanted = account(health=health, wanted_at=NOW, last_finished_at=NOW - timedelta(hours=1))
    assert reason_of(wanted, NOW).startswith("due at once")
    served = account(health=health, wanted_at=NOW, last_finished_at=NOW + timedelta(hours=1))
    assert reason_of(served, NOW).startswith("SYNC_INTERVAL after")
