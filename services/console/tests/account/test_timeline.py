"""The timeline tells apart what was done, refused, cancelled or failed, and what has an unknown outcome."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from mailtide_common.contracts.health.conditions import account_health
from mailtide_console.account.store import Account, Action, Task
from mailtide_console.account.timeline import timeline

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def account() -> Account:
    row = {"condition": "current", "since": None, "next_at": None, "failed_at": None, "detail": None}
    given: dict[str, Any] = dict.fromkeys(Account.__slots__)
    given |= {"account_id": uuid4(), "grant_id": "g", "users": (), "failures": 0}
    return Account(**{**given, "health": account_health(row, account="a")})


@pytest.mark.parametrize(
    ("status", "error", "tone", "title", "detail"),
    [
        (202, None, "wait", "Zoë: sync", "mode full"),
        (409, "it is paused", "warn", "Zoë: sync, refused", "it is paused"),
        (503, "Kafka is down", "bad", "Zoë: sync, failed", "Kafka is down"),
        (None, None, "warn", "Zoë: sync, outcome unknown", "no result was recorded"),
    ],
)
def test_the_outcome_of_a_change_is_shown(
    status: int | None, error: str | None, tone: str, title: str, detail: str
) -> None:
    change = Action(NOW, "Zoë", "sync", {"mode": "full"}, status, error)
    assert timeline(account(), [], [], [change], None) == [(NOW, tone, title, detail)]


@pytest.mark.parametrize(("kind", "title"), [("delta", "Sync cancelled"), ("purge", "Purge cancelled")])
def test_a_cancelled_task_is_not_shown_as_one_that_found_nothing(kind: str, title: str) -> None:
    task = Task(kind, "done", "dropped", None, 0, 0, "operator", NOW)
    assert timeline(account(), [task], [], [], None) == [(NOW, "off", title, "")]
