"""The conditions of accounts, with cause and cure in words, and what an operator can do. Pure.

The view `account_health` (migration 0019) determines an account's condition. The scheduler's API, `mailtide`
and the console use this module and the view, so that all three show the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from shlex import quote
from typing import Any

from pydantic import Field

from mailtide_common.contracts.api.model import Response


class Condition(StrEnum):
    """The condition of an account. If several of these apply, the first of them counts."""

    PURGING = "purging"
    REMOVED = "removed"
    PAUSED = "paused"
    GRANT_INVALID = "grant-invalid"
    CONSENT_MISSING = "consent-missing"
    KEY_REFUSED = "key-refused"
    """Nylas answers 401 although the grant is not known to be invalid: the API key or the region is wrong."""
    UPSTREAM_OUTAGE = "upstream-outage"
    """Nylas is unavailable, or answers 5xx."""
    THROTTLED = "throttled"
    FAILING = "failing"
    BEHIND = "behind"
    """A sync has been due for more than two minutes, without a known failure."""
    HELD_DELETIONS = "held-deletions"
    BACKFILLING = "backfilling"
    SYNCING = "syncing"
    UNPROVEN = "unproven"
    CURRENT = "current"


LABELS: Mapping[Condition, str] = {
    Condition.GRANT_INVALID: "grant invalid",
    Condition.CONSENT_MISSING: "consent missing",
    Condition.KEY_REFUSED: "API key refused",
    Condition.UPSTREAM_OUTAGE: "Nylas outage",
    Condition.HELD_DELETIONS: "deletions held",
    Condition.BACKFILLING: "downloading",
}
"""Texts that are shown instead of a condition's value. Other conditions are shown by their value."""


def label(condition: Condition) -> str:
    return LABELS.get(condition, condition.value)


class Level(StrEnum):
    """How much attention a condition needs."""

    FINE = "fine"
    """Nothing needs to be done."""
    WAITING = "waiting"
    """The mailbox is not current, but Mailtide continues without help."""
    PERSON = "person"
    """A person has to act."""
    OFF = "off"
    """The account is paused, removed or being purged."""


class Action(StrEnum):
    """What an operator can do about a condition."""

    CONNECT = "connect"
    SYNC = "sync"
    RESUME = "resume"
    AUDIT = "audit"
    DECIDE = "decide"
    """Review the held deletions, then approve or discard them."""
    DOCTOR = "doctor"


OWNER_SECONDS = 3 * 86_400
"""Validity in seconds of a link to connect a mailbox again. The mailbox's owner may open it days later."""

COMMANDS: Mapping[Action, str] = {
    Action.CONNECT: f"mailtide connect-link {{account}} --valid {OWNER_SECONDS}",
    Action.SYNC: "mailtide sync {account}",
    Action.RESUME: "mailtide accounts resume {account}",
    Action.AUDIT: "mailtide audit {account}",
    Action.DECIDE: "mailtide accounts held {account}",
    Action.DOCTOR: "mailtide doctor",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """The cause and cure of a condition, and how urgent it is."""

    level: Level
    cause: str
    """A sentence, which may contain the fields that `account_health` fills in, such as `{detail}`."""
    cure: str
    action: Action | None = None


MEANINGS: Mapping[Condition, Meaning] = {
    Condition.CURRENT: Meaning(Level.FINE, "The mailbox is current.", "Nothing needs to be done."),
    Condition.SYNCING: Meaning(
        Level.FINE, "A sync has been running since {since}.", "Nothing needs to be done."
    ),
    Condition.UNPROVEN: Meaning(
        Level.FINE,
        "New mail is synced, but no current audit proves that mailbox and database are equal: {detail}.",
        "Wait for the next audit, or start one now.",
        Action.AUDIT,
    ),
    Condition.BACKFILLING: Meaning(
        Level.WAITING,
        "The download of old mail has been running since {since}{detail}.",
        "Wait; new mail arrives meanwhile.",
    ),
    Condition.BEHIND: Meaning(
        Level.WAITING,
        "{synced}: {detail}.",
        "Check that schedulers and workers are running; the request of a worker that died is sent again by itself.",
        Action.DOCTOR,
    ),
    Condition.THROTTLED: Meaning(
        Level.WAITING,
        "The mail provider or Nylas limits calls for this mailbox until {next}. {synced}.",
        "Wait: no call is made before then. Other clients of the mailbox use the same limit.",
    ),
    Condition.UPSTREAM_OUTAGE: Meaning(
        Level.WAITING,
        "{upstream}; Mailtide tries again {again}. {synced}.",
        "Wait: syncing continues by itself. Once Nylas works again (https://status.nylas.com), you can sync at once.",
        Action.SYNC,
    ),
    Condition.FAILING: Meaning(
        Level.PERSON,
        "Syncs fail: {detail}. Mailtide tries again {again}. {synced}.",
        "Read the reason; the request id identifies the call for Nylas' support. Then sync again.",
        Action.SYNC,
    ),
    Condition.KEY_REFUSED: Meaning(
        Level.PERSON,
        "Nylas refuses the API key (401): {detail}. {synced}.",
        "Check NYLAS_API_KEY and NYLAS_API_URI (US or EU), and restart the services.",
        Action.DOCTOR,
    ),
    Condition.CONSENT_MISSING: Meaning(
        Level.PERSON,
        "The grant lacks the permission to read mail. {synced}.",
        "Let the owner connect the mailbox again and agree to the permissions.",
        Action.CONNECT,
    ),
    Condition.GRANT_INVALID: Meaning(
        Level.PERSON,
        "The grant has been invalid since {since}, usually because the owner changed the password or withdrew access.",
        "Let the owner connect the mailbox again. Mail that arrived meanwhile is synced then.",
        Action.CONNECT,
    ),
    Condition.HELD_DELETIONS: Meaning(
        Level.PERSON,
        "{detail} wait for your decision: the mailbox no longer lists them. Mailtide asks before it deletes more "
        "than 20 messages or 5 folders that are also more than 5 % of the mailbox, or of the part that an audit "
        "compares at once.",
        "Review them, then approve or discard them.",
        Action.DECIDE,
    ),
    Condition.PAUSED: Meaning(
        Level.OFF,
        "An operator paused the account at {since}.",
        "Resume it when it should be synced again.",
        Action.RESUME,
    ),
    Condition.REMOVED: Meaning(
        Level.OFF,
        "The account was removed at {since}.",
        "Connect it again if it should be synced.",
        Action.CONNECT,
    ),
    Condition.PURGING: Meaning(
        Level.OFF,
        "The deletion of all stored data of the account has been running since {since}.",
        "Wait for the end of the purge.",
    ),
}


class AccountHealth(Response):
    """The health of an account: its condition, with cause and cure."""

    condition: Condition
    level: Level
    since: datetime | None
    """When the condition began. If that is not recorded, and for `current`: when the mailbox was last synced.
    Before the first sync: when the account was connected. For `held-deletions`: when the first of them was
    held. Null if unknown."""
    next_at: datetime | None
    """When Mailtide syncs the mailbox next by itself, or checks its invalid grant again. Null if unknown or
    never."""
    failed_at: datetime | None
    """When the last sync failed; null if it did not fail."""
    detail: str | None
    """The reason in words, without mail content; null if there is none."""
    cause: str
    """The cause in a sentence, with times in UTC."""
    cure: str
    """What to do, in a sentence."""
    action: Action | None = Field(description="What an operator can do about it; null if nothing.")
    command: str | None
    """The command for the action; null without an action."""

    @property
    def since_last_sync(self) -> bool:
        """Whether the cause states since when no sync has succeeded. That time is `since`."""
        return "{synced}" in MEANINGS[self.condition].cause


HEALTH_COLUMNS = ("condition", "since", "next_at", "failed_at", "detail")


def account_health(row: Mapping[str, Any], *, account: str) -> AccountHealth:
    """Return the health of an account, with its cause and cure in words.

    Args:
        row: the columns `HEALTH_COLUMNS` of the account's row in the view `account_health`.
        account: the account's address, grant or id, which the command quotes for a shell.
    """
    condition, since, next_at, failed_at, detail = (row[name] for name in HEALTH_COLUMNS)
    known = Condition(condition)
    meaning = MEANINGS[known]
    reason = detail or "no reason is stored"
    words = {
        "since": moment(since) if since else "an unknown time",
        "synced": f"No sync has succeeded since {moment(since)}" if since else "No sync has succeeded yet",
        "next": moment(next_at) if next_at else "an unknown time",
        "again": f"at {moment(next_at)}" if next_at else "later",
        "detail": (f": {detail}" if detail else "") if known is Condition.BACKFILLING else reason,
        "upstream": _upstream(reason, failed_at),
    }
    return AccountHealth(
        condition=known,
        level=meaning.level,
        since=since,
        next_at=next_at,
        failed_at=failed_at,
        detail=detail,
        cause=meaning.cause.format_map(words),
        cure=meaning.cure,
        action=meaning.action,
        command=None if meaning.action is None else COMMANDS[meaning.action].format(account=quote(account)),
    )


def moment(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _upstream(reason: str, failed_at: datetime | None) -> str:
    """Return in words how Nylas fails, derived from the text of a `NylasError`.

    With `failed_at`, the result says how it failed at that time.
    """
    status = reason.partition("status=")[2][:3]
    if status.startswith("5"):
        now, then = f"answers {status}", f"answered {status}"
    else:
        usable = " as documented" if status else ""
        now, then = f"does not answer{usable}", f"did not answer{usable}"
    return f"Nylas {now}" if failed_at is None else f"Nylas {then} at {moment(failed_at)}"
