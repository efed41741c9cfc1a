"""Reads the last published state of an account from Kafka. It is never older than that in Postgres."""

from mailtide_common.contracts.codec import decode
from mailtide_common.contracts.events import Account
from mailtide_common.contracts.keys import part
from mailtide_common.contracts.topics import ACCOUNTS

from .brokers import Brokers
from .reader import last_of_key


async def last_account(brokers: Brokers, grant_id: str) -> Account | None:
    """Return a grant's account as last published, or None if there is none.

    An account that was purged or whose record is unreadable counts as none. This reads a whole partition of
    the topic, by default a twelfth of all accounts.

    Raises:
        TransientError: as `last_of_key`.
    """
    record = await last_of_key(brokers, ACCOUNTS, part(grant_id).encode())
    event = None if record is None else decode(record)
    return event if isinstance(event, Account) else None
