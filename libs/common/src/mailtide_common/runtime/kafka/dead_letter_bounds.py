"""The limits on parked records, in a module that `settings.py` can import without aiokafka."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits on the records that a consumer parks."""

    share: float
    """Largest share of the newest records, above 0; 1: no limit."""
    in_a_row: int
    """Most records in a row for one cause; 0: no limit."""
