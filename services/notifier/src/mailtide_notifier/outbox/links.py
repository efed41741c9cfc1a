"""Links to the console's pages about incidents. Pure."""

from collections.abc import Mapping
from uuid import UUID

from mailtide_common.contracts.events import AlertKind
from mailtide_common.contracts.health.conditions import Condition
from mailtide_common.contracts.health.incident_cures import ABOUT_GRANTS

PATHS: Mapping[AlertKind, str] = {
    AlertKind.WEBHOOK_DOWN: "/",
    AlertKind.WEBHOOK_SILENT: "/",
    AlertKind.WEBHOOK_RESTORED: "/",
    AlertKind.GRANT_INVALID: f"/accounts?state={Condition.GRANT_INVALID}",
    AlertKind.GRANT_THROTTLED: f"/accounts?state={Condition.THROTTLED}",
    AlertKind.CONSENT_MISSING: f"/accounts?state={Condition.CONSENT_MISSING}",
    AlertKind.KEY_REFUSED: "/doctor",
    AlertKind.DELETIONS_HELD: f"/accounts?state={Condition.HELD_DELETIONS}",
    AlertKind.CONSUMER_HALTED: "/pipeline",
    AlertKind.CONSUMER_MISSING: "/pipeline",
    AlertKind.CLOCK_AHEAD: "/doctor",
    AlertKind.CLOCK_BEHIND: "/doctor",
    AlertKind.SYNC_FAILING: "/accounts?state=attention",
    AlertKind.MAILBOX_STALE: f"/accounts?state={Condition.BEHIND}",
    AlertKind.BACKFILL_STUCK: f"/accounts?state={Condition.BACKFILLING}",
    AlertKind.DEAD_LETTERS: "/dead-letters",
}
"""The page for each kind of incident. An incident about a known account has the account's page instead."""


def link(console_url: str | None, kind: AlertKind, account: UUID | None = None) -> str | None:
    """Return the link to the console's page about an incident or a digest of incidents.

    An incident about a known account has the account's page. A digest with several subjects, or any other
    incident, has the page in `PATHS`. Without a `console_url`, there is no link.
    """
    if console_url is None:
        return None
    return (
        f"{console_url}/accounts/{account}" if account and kind in ABOUT_GRANTS else console_url + PATHS[kind]
    )
