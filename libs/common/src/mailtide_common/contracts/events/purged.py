"""What a purge leaves behind."""

from typing import ClassVar
from uuid import UUID

from mailtide_common.contracts.topics import PURGES, Topic

from .event import Event


class Purged(Event):
    """An account was purged, and stays out until it is connected again. Names nobody: the id is a digest.

    The tombstones of a purge vanish when Kafka compacts them; this is never null, so it stays.
    """

    type: ClassVar[str] = "mail.purged.v1"

    account_id: UUID
    """`keys.account_uuid` of the grant."""
    purged_at: int
    """Microseconds since 1970: what was connected before stays out."""
    lifted_at: int | None = None
    """Microseconds since 1970: it was connected again then. None: it was not."""

    def topic(self) -> Topic:
        """Read whole before anything is stored."""
        return PURGES

    def key(self) -> str:
        """The account."""
        return str(self.account_id)
