"""Reads an account from Kafka, which is newer than any database that follows it."""

from mailtide_common.contracts.codec import decode
from mailtide_common.contracts.events import Account
from mailtide_common.contracts.keys import part
from mailtide_common.contracts.topics import ACCOUNTS

from .brokers import Brokers
from .reader import last_of_key


async def last_account(brokers: Brokers, grant_id: str) -> Account | None:
    """Return the newest snapshot of a grant's account; None if there is none, or it was purged.

    Costs a read of the grant's partition of the compacted topic: a twelfth of all accounts by default.

    Raises:
        TransientError: the broker is unavailable.
    """
    record = await last_of_key(brokers, ACCOUNTS, part(grant_id).encode())
    event = None if record is None else decode(record)
    return event if isinstance(event, Account) else None
