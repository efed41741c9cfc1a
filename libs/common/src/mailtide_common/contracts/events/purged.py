"""The event that marks an account as purged; Kafka keeps it permanently."""

from uuid import UUID

from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.topics import PURGES

from .event import Event


class Purged(Event):
    """An account was purged. If `lifted_at` is set, the account was connected again, which ended the purge.

    Kafka eventually removes the tombstones of a purge. It keeps this event, because the event has a value.
    `account_id` is a digest, which identifies no person.
    """

    type = "mail.purged.v1"
    default_topic = PURGES

    account_id: UUID
    """`keys.account_uuid` of the grant."""
    purged_at: UnixMicros
    """Time of the purge. The purge does not apply to an account that was connected later."""
    lifted_at: UnixMicros | None = None
    """When the account was connected again; None if it was not."""

    @property
    def key(self) -> str:
        return str(self.account_id)
