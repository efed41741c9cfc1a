"""The tone in which a condition is shown."""

from mailtide_common.contracts.health.conditions import Condition, Level

TONES = {Level.FINE: "ok", Level.WAITING: "warn", Level.PERSON: "bad", Level.OFF: "off"}

LABELS = {
    Condition.GRANT_INVALID: "grant invalid",
    Condition.CONSENT_MISSING: "consent missing",
    Condition.KEY_REFUSED: "API key refused",
    Condition.UPSTREAM_OUTAGE: "Nylas outage",
    Condition.HELD_DELETIONS: "deletions held",
    Condition.BACKFILLING: "downloading",
}


def tone(condition: Condition, level: Level) -> str:
    """Return the class of a chip."""
    return "wait" if condition in {Condition.BACKFILLING, Condition.SYNCING} else TONES[level]


def label(condition: Condition) -> str:
    """Return a condition in words."""
    return LABELS.get(condition, condition.value)
