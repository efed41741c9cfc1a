"""Checks of the API key, the application, the webhook destination and its secret."""

from collections.abc import Sequence

from mailtide_common.contracts.api.doctor import Finding
from mailtide_common.runtime.postgres_errors import Connection
from mailtide_common.runtime.sql import load_sql
from mailtide_nylas import Application, NylasClient, NylasError, NylasUnauthorizedError, Webhook
from mailtide_nylas.webhooks.notifications import TRIGGERS

from .finding import error, note, warning

DELIVERING = ("active", "failing")


async def check_nylas(nylas: NylasClient, webhook_url: str) -> list[Finding]:
    """Check that Nylas accepts the API key, and check the webhook destination (see `judge_webhooks`)."""
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
                f"a call to Nylas failed: {failure}",
                "nothing is synced while calls fail; missed mail is synced afterwards",
                "check https://status.nylas.com, NYLAS_API_URI, and this host's access to the internet",
            )
        ]
    return judge_webhooks(webhooks, webhook_url)


def judge_webhooks(webhooks: Sequence[Webhook], url: str) -> list[Finding]:
    """Return findings if no destination has `url`, or if that destination is not active or lacks triggers.

    Pure.
    """
    late = "only the periodic sync finds mail, minutes late"
    ensure = (
        "run `mailtide webhooks ensure`: it creates or repairs the destination, or reports what prevents that"
    )
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


async def check_application(nylas: NylasClient, callback_url: str) -> list[Finding]:
    """Check NYLAS_CLIENT_ID and the callback URI against the API key's application (see `judge_application`).

    If Nylas does not show the application, return a note that they were not checked.
    """
    try:
        application = await nylas.get_application()
    except NylasError as failure:
        if isinstance(failure, NylasUnauthorizedError):
            fix = "check NYLAS_API_KEY and NYLAS_API_URI (US or EU) first"
        else:
            fix = "connect a mailbox, to see whether NYLAS_CLIENT_ID and the callback URI are right"
        return [
            note(
                "application",
                f"Nylas does not show the application: {failure}",
                "its client id and callback URI are not checked",
                fix,
            )
        ]
    return judge_application(application, nylas.client_id, callback_url)


def judge_application(application: Application, client_id: str, callback_url: str) -> list[Finding]:
    """Return findings if an application lacks the callback URI, or has another id than `client_id`. Pure.

    Nylas' documentation does not state that `application_id` is the client id. A difference is therefore only
    a warning, and a missing `application_id` is no finding.
    """
    findings = []
    if callback_url not in application.callback_uris:
        findings.append(
            error(
                "application",
                f"the application lacks the callback URI {callback_url}",
                "Nylas refuses to connect a mailbox",
                "add it in Nylas' dashboard, as described in docs/use-with-nylas.md",
            )
        )
    if application.application_id not in (None, client_id):
        findings.append(
            warning(
                "application",
                "NYLAS_CLIENT_ID is not the id of the application that NYLAS_API_KEY belongs to",
                "Nylas refuses to connect a mailbox",
                "copy the client id from the application's overview page in Nylas' dashboard",
            )
        )
    return findings


async def check_secret(connection: Connection, webhook_url: str) -> list[Finding]:
    """Return a finding if the signing secret of the destination with this URL is not stored."""
    rows = await connection.fetch(load_sql(__package__, "list_destinations"))
    if any(row["url"] == webhook_url and row["has_secret"] for row in rows):
        return []
    return [
        warning(
            "webhook-secret",
            "no secret of the webhook destination is stored",
            "the ingress refuses deliveries, unless NYLAS_WEBHOOK_SECRET contains the secret",
            "run `mailtide webhooks rotate-secret`, or set NYLAS_WEBHOOK_SECRET",
        )
    ]
