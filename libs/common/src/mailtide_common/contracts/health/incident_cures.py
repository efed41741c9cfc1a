"""The cure of each kind of incident, as a sentence and a command. Pure."""

from collections.abc import Mapping
from shlex import quote

from mailtide_common.contracts.dead_letters import LISTED, ErrorClass
from mailtide_common.contracts.events import AlertKind

from .conditions import COMMANDS, Action

ABOUT_GRANTS = frozenset(
    {
        AlertKind.GRANT_INVALID,
        AlertKind.GRANT_THROTTLED,
        AlertKind.CONSENT_MISSING,
        AlertKind.DELETIONS_HELD,
        AlertKind.SYNC_FAILING,
        AlertKind.MAILBOX_STALE,
        AlertKind.BACKFILL_STUCK,
    }
)
"""Kinds whose subject is a grant."""

CURES: Mapping[AlertKind, tuple[str, str]] = {
    AlertKind.WEBHOOK_DOWN: (
        "Mailtide repairs the destination by itself and syncs missed mail; this command shows what prevents it.",
        "mailtide webhooks ensure",
    ),
    AlertKind.WEBHOOK_RESTORED: ("Nothing needs to be done.", "mailtide webhooks status"),
    AlertKind.WEBHOOK_SILENT: (
        (
            "Check NYLAS_WEBHOOK_SECRET if it is set; otherwise, Mailtide has replaced the secret. If the silence "
            "continues, nothing reaches the ingress: test its URL from outside."
        ),
        "mailtide webhooks test",
    ),
    AlertKind.GRANT_INVALID: (
        "Let the owner connect the mailbox again; mail that arrived meanwhile is synced then.",
        COMMANDS[Action.CONNECT].replace("{account}", "{subject}"),
    ),
    AlertKind.GRANT_THROTTLED: (
        "Wait: the sync continues by itself. Ask Nylas if it lasts for hours.",
        "mailtide accounts show {subject}",
    ),
    AlertKind.CONSENT_MISSING: (
        "Let the owner connect the mailbox again and agree to the permissions.",
        COMMANDS[Action.CONNECT].replace("{account}", "{subject}"),
    ),
    AlertKind.KEY_REFUSED: (
        "Check NYLAS_API_KEY and NYLAS_API_URI (US or EU), and restart the services.",
        "mailtide doctor",
    ),
    AlertKind.DELETIONS_HELD: (
        "Review them, then approve or discard them.",
        "mailtide accounts held {subject}",
    ),
    AlertKind.CONSUMER_HALTED: (
        "Deploy a version that can process the records; until then, Kafka keeps them for the topic's retention time.",
        "mailtide dead-letters list",
    ),
    AlertKind.CONSUMER_MISSING: (
        "Start a process of this group's service, or restart one that hangs; its log may show why.",
        "mailtide doctor",
    ),
    AlertKind.CLOCK_AHEAD: ("Synchronise the clock of that host (NTP).", "mailtide doctor"),
    AlertKind.CLOCK_BEHIND: ("Synchronise the clock of that host (NTP).", "mailtide doctor"),
    AlertKind.SYNC_FAILING: (
        "Read the reason; this command shows more.",
        "mailtide accounts show {subject}",
    ),
    AlertKind.MAILBOX_STALE: (
        "Check that schedulers and workers are running.",
        "mailtide accounts show {subject}",
    ),
    AlertKind.BACKFILL_STUCK: (
        "Read the reason, and check that workers are running.",
        "mailtide accounts show {subject}",
    ),
    AlertKind.DEAD_LETTERS: (
        "Remove the cause, then send the records again; discard those that can never be processed.",
        "mailtide dead-letters redrive --error-class {error_class} --topic {topic}",
    ),
}
"""The cure in a sentence, and the command for it, by kind of incident."""

_UNREADABLE = (
    "Discard them if they are not records of Mailtide. If a newer release can read them, deploy it and redrive them.",
    'mailtide dead-letters discard --error-class {error_class} --topic {topic} --note "not readable"',
)
"""The cure of unreadable records. If they are sent again, the same release parks them again."""


def cure_of(kind: AlertKind, subject: str) -> tuple[str, str]:
    """Return the cure of an incident in a sentence, and the command for it, quoted for a shell.

    Args:
        kind: the kind of incident.
        subject: the incident's subject; for an account, its address, grant or id.
    """
    cure, command = CURES[kind]
    topic, _, error_class = subject.rpartition("/")
    if kind is AlertKind.DEAD_LETTERS and error_class == ErrorClass.UNREADABLE and topic != LISTED:
        cure, command = _UNREADABLE
    return cure, command.format(subject=quote(subject), topic=quote(topic), error_class=quote(error_class))
