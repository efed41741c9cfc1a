"""Checks at Nylas: key and region, the webhook destination and its secret."""

from collections.abc import Sequence

from mailtide_common.contracts.api.doctor import Finding
from mailtide_common.runtime.postgres_errors import Connection
from mailtide_common.runtime.sql import load_sql
from mailtide_nylas import NylasClient, NylasError, NylasUnauthorizedError, Webhook
from mailtide_nylas.webhooks.notifications import TRIGGERS

from .finding import error, warning

DELIVERING = ("active", "failing")


async def check_nylas(nylas: NylasClient, webhook_url: str) -> list[Finding]:
    """Check that the key is accepted, and that Nylas delivers all triggers to the destination."""
    try:
        webhooks = await nylas.list_webhooks()
    except NylasUnauthorizedError as refused:
        return [
            error(
                "nylas",
                f"Nylas refuses the API key: {refused}",
                "nothing is synced",
                "check NYLAS_API_KEY and NYLAS_API_URI (US or EU)",
            )
        ]
    except NylasError as failure:
        return [
            error(
                "nylas",
                f"Nylas does not answer: {failure}",
                "nothing is synced meanwhile; what is missed is synced afterwards",
                "look at https://status.nylas.com, and at this host's way to the internet",
            )
        ]
    return judge_webhooks(webhooks, webhook_url)


def judge_webhooks(webhooks: Sequence[Webhook], url: str) -> list[Finding]:
    """Return findings about the destination among all that Nylas has. Pure."""
    late = "mail is only found by the periodic sync, minutes late"
    ensure = "`mailtide webhooks ensure` creates or repairs it, and says what hinders it"
    ours = next((each for each in webhooks if each.webhook_url == url), None)
    if ours is None:
        return [error("webhook", f"Nylas has no webhook destination {url}", late, ensure)]
    findings = []
    if ours.status not in DELIVERING:
        findings.append(error("webhook", f"the destination's status at Nylas is {ours.status}", late, ensure))
    elif ours.status != DELIVERING[0]:
        findings.append(
            warning(
                "webhook", f"the destination's status at Nylas is {ours.status}", "deliveries fail", ensure
            )
        )
    missing = sorted(set(TRIGGERS) - set(ours.trigger_types))
    if missing:
        what = f"the destination lacks triggers: {', '.join(missing)}"
        findings.append(error("webhook", what, late, ensure))
    return findings


async def check_secret(connection: Connection, webhook_url: str) -> list[Finding]:
    """Check that the secret of the destination is stored."""
    rows = await connection.fetch(load_sql(__package__, "list_destinations"))
    if any(row["url"] == webhook_url and row["has_secret"] for row in rows):
        return []
    return [
        warning(
            "webhook-secret",
            "no secret of the webhook destination is stored",
            "deliveries are refused unless NYLAS_WEBHOOK_SECRET has it",
            "`mailtide webhooks rotate-secret`, or set NYLAS_WEBHOOK_SECRET",
        )
    ]
