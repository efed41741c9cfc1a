"""The filters of the list of accounts. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from mailtide_common.contracts.health.conditions import MEANINGS, Condition, Level, label
from mailtide_console.summary.verdict import GONE


class Sort(StrEnum):
    """The order of the list."""

    BEHIND = "behind"
    ADDRESS = "address"


class Choice(NamedTuple):
    """A filter that can be chosen, with its number of accounts."""

    value: str
    label: str
    accounts: int


CONNECTED = tuple(condition for condition in Condition if condition not in GONE)


def _level(level: Level) -> tuple[Condition, ...]:
    return tuple(
        condition
        for condition in CONNECTED
        if MEANINGS[condition].level is level and condition is not Condition.BACKFILLING
    )


GROUPS: Mapping[str, tuple[str, tuple[Condition, ...]]] = {
    "": ("All connected", CONNECTED),
    "attention": (
        "Not current",
        (*_level(Level.PERSON), *_level(Level.WAITING), Condition.BACKFILLING),
    ),
    "person": ("Need a person", _level(Level.PERSON)),
    "waiting": ("Catch up by themselves", _level(Level.WAITING)),
    "fine": ("Current", _level(Level.FINE)),
}


def conditions_of(state: str) -> tuple[Condition, ...]:
    """Return the conditions of the group, or the single condition, that `state` names.

    If `state` names neither, return the conditions of connected accounts.
    """
    if state in GROUPS:
        return GROUPS[state][1]
    try:
        return (Condition(state),)
    except ValueError:
        return CONNECTED


def choices(counts: Mapping[Condition, int]) -> tuple[list[Choice], list[Choice]]:
    """Return the groups and the single conditions, with their numbers of accounts.

    Single conditions without accounts are left out.
    """

    def total(conditions: tuple[Condition, ...]) -> int:
        return sum(counts.get(condition, 0) for condition in conditions)

    groups = [Choice(value, name, total(members)) for value, (name, members) in GROUPS.items()]
    single = [
        Choice(condition.value, label(condition), counts[condition])
        for condition in Condition
        if counts.get(condition)
    ]
    return groups, single


def pattern(search: str) -> str | None:
    """Return the ILIKE pattern of texts that contain `search`; None if it is blank."""
    text = search.strip()
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return f"%{text}%" if text else None
