"""Phrases for kinds of incidents, and the display of untrusted text in notices. Pure."""

import re
import unicodedata

from mailtide_common.contracts.events import AlertKind
from mailtide_notifier import limits

PHRASES: dict[AlertKind, tuple[str, str]] = {
    AlertKind.WEBHOOK_DOWN: ("Nylas does not deliver webhooks", "webhook destinations are down"),
    AlertKind.WEBHOOK_RESTORED: ("Nylas delivers webhooks again", "webhook destinations are restored"),
    AlertKind.WEBHOOK_SILENT: ("No webhook arrives", "webhook destinations are silent"),
    AlertKind.GRANT_INVALID: ("A mailbox must be connected again", "mailboxes must be connected again"),
    AlertKind.GRANT_THROTTLED: ("A mailbox is throttled", "mailboxes are throttled"),
    AlertKind.CONSENT_MISSING: ("Consent to read a mailbox is missing", "mailboxes lack consent to be read"),
    AlertKind.KEY_REFUSED: ("Nylas refuses the API key", "API keys are refused"),
    AlertKind.DELETIONS_HELD: (
        "Deletions wait for a decision",
        "mailboxes have deletions that wait for a decision",
    ),
    AlertKind.CONSUMER_HALTED: ("A consumer is halted", "consumers are halted"),
    AlertKind.CONSUMER_MISSING: ("A consumer is missing or hangs", "consumers are missing or hang"),
    AlertKind.CLOCK_AHEAD: ("A clock is ahead", "clocks are ahead"),
    AlertKind.CLOCK_BEHIND: ("A clock is behind", "clocks are behind"),
    AlertKind.SYNC_FAILING: ("A mailbox cannot be synced", "mailboxes cannot be synced"),
    AlertKind.MAILBOX_STALE: ("A mailbox is behind", "mailboxes are behind"),
    AlertKind.BACKFILL_STUCK: ("A backfill is stuck", "backfills are stuck"),
    AlertKind.DEAD_LETTERS: ("Records were parked", "kinds of records were parked"),
}
"""For each kind, the phrase for one incident, and the phrase after the number of several incidents."""

_MASS_MENTION = re.compile(r"@(?=(everyone|here|channel|all)\b)", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_HARMLESS = str.maketrans({"<": "(", ">": ")"})


def shown(text: str | None) -> str:
    """Return untrusted text on one line that is harmless in a chat. Return an empty text for None.

    - Control and formatting characters become spaces, because they can reverse the direction of a text.
    - `<…>` becomes `(…)`, because Slack interprets it as a command or link.
    - A zero-width space disables mentions of everyone.
    - A text of more than `limits.MAX_SHOWN` characters is cut.
    """
    line = _harmless_line(text or "")
    if len(line) > limits.MAX_SHOWN:
        line = f"{line[: limits.MAX_SHOWN - 1]}…"
    return _MASS_MENTION.sub("@\u200b", line)


def shown_command(command: str) -> str:
    """Return a command on one line that can be copied: not cut, and without a zero-width space.

    Otherwise it is treated as `shown` describes.
    """
    return _harmless_line(command)


def _harmless_line(text: str) -> str:
    visible = "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} else c for c in text)
    return _SPACES.sub(" ", visible).strip().translate(_HARMLESS)
