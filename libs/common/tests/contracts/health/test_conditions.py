"""The cause of a failure says how Nylas fails, and when Mailtide tries again."""

from datetime import UTC, datetime

import pytest

from mailtide_common.contracts.events import AlertKind
from mailtide_common.contracts.health.conditions import HEALTH_COLUMNS, account_health
from mailtide_common.contracts.health.incident_cures import cure_of

FAILED_AT = datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reason", "failed_at", "told"),
    [
        ("Nylas fails, so calls are suspended status=503", None, "Nylas answers 503; "),
        ("failed at Nylas status=502 type=x", FAILED_AT, "Nylas answered 502 at 2026-12-01 08:00:00 UTC; "),
        ("cannot connect: ConnectError", FAILED_AT, "Nylas did not answer at 2026-12-01 08:00:00 UTC; "),
        (
            "Nylas does not answer as documented, so calls are suspended status=200",
            None,
            "Nylas does not answer as documented; ",
        ),
    ],
)
def test_the_cause_of_an_outage(reason: str, failed_at: datetime | None, told: str) -> None:
    values = ("upstream-outage", None, None, failed_at, reason)
    health = account_health(dict(zip(HEALTH_COLUMNS, values, strict=True)), account="a@example.com")
    assert health.cause.startswith(told)


@pytest.mark.parametrize("condition", ["upstream-outage", "failing"])
@pytest.mark.parametrize(
    ("next_at", "told"),
    [(None, "tries again later. "), (FAILED_AT, "tries again at 2026-12-01 08:00:00 UTC. ")],
)
def test_the_next_attempt_of_a_failing_sync(condition: str, next_at: datetime | None, told: str) -> None:
    """Without a timer, no time is known while a worker has the task."""
    values = (condition, None, next_at, FAILED_AT, "failed at Nylas status=502")
    health = account_health(dict(zip(HEALTH_COLUMNS, values, strict=True)), account="a@example.com")
    assert told in health.cause


def test_commands_quote_addresses_for_a_shell() -> None:
    values = ("failing", None, None, None, None)
    row = dict(zip(HEALTH_COLUMNS, values, strict=True))
    assert account_health(row, account="`id`@example.com").command == "mailtide sync '`id`@example.com'"
    assert (
        cure_of(AlertKind.SYNC_FAILING, "`id`@example.com")[1] == "mailtide accounts show '`id`@example.com'"
    )
