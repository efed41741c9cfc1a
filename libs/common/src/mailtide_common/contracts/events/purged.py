"""The permanent marker of a purge."""

from uuid import UUID

from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.topics import PURGES

from .event import Event


class Purged(Event):
    """An account was purged, and stays purged until it is connected again. The id is a digest and identifies nobody.

    Kafka removes a purge's tombstones by compaction; this record is never null, so it stays.
    """

    type = "mail.purged.v1"
    default_topic = PURGES

    account_id: UUID
    """`keys.account_uuid` of the grant."""
    purged_at: UnixMicros
    """Time of the purge; earlier connections do not count."""
    lifted_at: UnixMicros | None = None
    """When it was connected again, if it was."""

    @property
    def key(self) -> str:
        """The account."""
        return str(self.account_id)
