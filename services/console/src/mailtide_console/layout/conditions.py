"""The tone (CSS class) of a condition."""

from mailtide_common.contracts.health.conditions import Condition, Level

TONES = {Level.FINE: "ok", Level.WAITING: "warn", Level.PERSON: "bad", Level.OFF: "off"}


def tone(condition: Condition, level: Level) -> str:
    return "wait" if condition in {Condition.BACKFILLING, Condition.SYNCING} else TONES[level]
