"""What a purge leaves behind."""

from uuid import UUID

from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.topics import PURGES

from .event import Event


class Purged(Event):
    """An account was purged, and stays out until it is connected again. Names nobody: the id is a digest.

    The tombstones of a purge vanish when Kafka compacts them; this is never null, so it stays.
    """

    type = "mail.purged.v1"
    default_topic = PURGES

    account_id: UUID
    """`keys.account_uuid` of the grant."""
    purged_at: UnixMicros
    """What was connected before stays out."""
    lifted_at: UnixMicros | None = None
    """When it was connected again; None: it was not."""

    @property
    def key(self) -> str:
        """The account."""
        return str(self.account_id)
