"""The verdict over all accounts in one sentence. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from mailtide_common.contracts.health.conditions import MEANINGS, Condition, Level

GONE = frozenset({Condition.REMOVED, Condition.PURGING})
"""Conditions whose accounts `tally` leaves out."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of accounts by level. Accounts that are backfilling are counted in `backfilling` only."""

    fine: int
    backfilling: int
    waiting: int
    person: int
    paused: int

    @property
    def total(self) -> int:
        """All accounts that are neither removed nor being purged."""
        return self.fine + self.backfilling + self.waiting + self.person + self.paused


def tally(counts: Mapping[Condition, int]) -> Tally:
    """Return the numbers of accounts by level, without those that are removed or being purged."""

    def of(level: Level) -> int:
        return sum(
            count
            for condition, count in counts.items()
            if MEANINGS[condition].level is level and condition not in {*GONE, Condition.BACKFILLING}
        )

    return Tally(
        fine=of(Level.FINE),
        backfilling=counts.get(Condition.BACKFILLING, 0),
        waiting=of(Level.WAITING),
        person=of(Level.PERSON),
        paused=of(Level.OFF),
    )


def sentence(found: Tally) -> str:
    """Return the verdict in one sentence."""
    if not found.total:
        return "No mailbox is connected yet."
    active = found.total - found.paused
    if found.fine == active:
        first = _all_current(active) if active else "No mailbox is active"
    else:
        first = f"{found.fine:,} of {active:,} {'mailbox' if active == 1 else 'mailboxes'} current"
    parts = [first]
    if found.person:
        parts.append(f"{found.person:,} {'needs' if found.person == 1 else 'need'} a person")
    if found.waiting:
        parts.append(f"{found.waiting:,} {'catches' if found.waiting == 1 else 'catch'} up by themselves")
    if found.backfilling:
        parts.append(
            f"{found.backfilling:,} {'downloads' if found.backfilling == 1 else 'download'} old mail"
        )
    if found.paused:
        parts.append(f"{found.paused:,} paused")
    return f"{'; '.join(parts)}.".replace("1 catches up by themselves", "1 catches up by itself")


def tone(found: Tally) -> str:
    if found.person:
        return "bad"
    if found.waiting:
        return "warn"
    return "wait" if found.backfilling else "ok" if found.total else "off"


def _all_current(active: int) -> str:
    return "The mailbox is current" if active == 1 else f"All {active:,} mailboxes are current"
