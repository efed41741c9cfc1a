"""Checks which incidents are open, and whether anybody is notified of incidents."""

from mailtide_common.contracts.api.doctor import Finding
from mailtide_common.contracts.events import AlertKind
from mailtide_common.contracts.health.incident_cures import ABOUT_GRANTS, cure_of
from mailtide_common.runtime.postgres_errors import Connection
from mailtide_common.runtime.sql import load_sql

from .finding import error, note, warning

CONDITIONS_OF_ACCOUNTS = ABOUT_GRANTS - {AlertKind.BACKFILL_STUCK}
"""Kinds of incidents that `check_accounts` reports as conditions of accounts."""


KINDS = frozenset(AlertKind)
NEWER = "run the doctor of the release that opened the incident: this release does not know its kind"


async def check_incidents(connection: Connection) -> list[Finding]:
    """Return a finding for each kind of open incidents, with the oldest incident of the kind.

    Kinds that `check_accounts` reports are omitted.
    """
    omitted = [kind.value for kind in CONDITIONS_OF_ACCOUNTS]
    findings = []
    for row in await connection.fetch(load_sql(__package__, "list_open_incidents"), omitted):
        known = row["kind"] in KINDS
        cure = "{} `{}`".format(*cure_of(AlertKind(row["kind"]), row["subject"])) if known else NEWER
        more = f" (and {row['incidents'] - 1} more)" if row["incidents"] > 1 else ""
        findings.append(
            error(
                "incidents",
                f"{row['kind']} has been open since {row['opened']}: {row['subject']}: {row['reason']}{more}",
                "the incident stays open until its cause is removed",
                cure,
            )
        )
    return findings


async def check_channels(connection: Connection) -> list[Finding]:
    """Return a finding for each channel that the notifier disabled.

    Return another one if no enabled channel announces incidents.
    """
    findings = [
        warning(
            "channels",
            f"the channel {row['name']} was disabled: {row['disabled_reason']}",
            "its notices are not delivered",
            "enable it on the console's page Notifications once the cause is removed (docs/notices.md)",
        )
        for row in await connection.fetch(load_sql(__package__, "list_disabled_channels"))
    ]
    if not await connection.fetchval(load_sql(__package__, "count_alert_channels")):
        findings.append(
            note(
                "channels",
                "no notification channel announces incidents",
                "nobody is notified of incidents, unless Prometheus loads the alerts of deploy/monitoring",
                "add or enable a channel on the console's page Notifications (docs/notices.md)",
            )
        )
    return findings
