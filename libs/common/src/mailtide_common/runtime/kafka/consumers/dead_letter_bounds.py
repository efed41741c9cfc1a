"""The limits on parked records. `settings.py` can import this module without importing aiokafka."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits on the records that a consumer parks."""

    share: float
    """Largest share of the newest records that may be parked, above 0. 1 means no limit."""
    in_a_row: int
    """Maximum number of records in a row that may be parked for one cause. 0 means no limit."""
