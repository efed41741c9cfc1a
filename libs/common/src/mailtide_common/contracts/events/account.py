"""Connected mailboxes."""

from enum import StrEnum
from typing import ClassVar

from mailtide_common.contracts.keys import part
from mailtide_common.contracts.topics import ACCOUNTS, Topic
from mailtide_common.contracts.versions import Version

from .event import Event


class AccountStatus(StrEnum):
    """What may be done with an account."""

    ACTIVE = "active"
    PAUSED = "paused"
    INVALID = "invalid"
    REMOVED = "removed"


class Account(Event):
    """The whole snapshot of a connected mailbox.

    None means unknown, and leaves what is stored as it is.
    """

    type: ClassVar[str] = "mail.account.v1"

    grant_id: str
    version: Version
    status: AccountStatus
    user_id: str | None = None
    email_address: str | None = None
    display_name: str | None = None
    provider: str | None = None
    connected_at: int | None = None
    """Microseconds since 1970."""
    webhook_subscription_id: str | None = None

    def topic(self) -> Topic:
        """The compacted image of all accounts."""
        return ACCOUNTS

    def key(self) -> str:
        """`grant`."""
        return part(self.grant_id)
