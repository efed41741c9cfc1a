"""What became of a batch."""

from dataclasses import dataclass

from mailtide_common.contracts.dead_letters import Parked


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How a batch went; what is neither changed nor parked was known already, or is older than what is."""

    records: int
    changed: int
    parked: tuple[Parked, ...] = ()
