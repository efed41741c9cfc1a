"""The cause of an outage says how Nylas fails."""

from datetime import UTC, datetime

import pytest

from mailtide_common.contracts.health.conditions import HEALTH_COLUMNS, account_health

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
