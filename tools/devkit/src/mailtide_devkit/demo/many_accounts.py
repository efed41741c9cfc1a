"""Creates and connects many mailboxes, without OAuth."""

import asyncio

from mailtide_common.contracts.events import Account, AccountStatus
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_devkit.stack.stack import Stack
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

AT_ONCE = 20


async def connect_many(stack: Stack, admin: SimulatorAdmin, emails: list[str]) -> list[str]:
    """Connect existing Google mailboxes, publish their accounts as active, and return the grant ids.

    The ids are in the order of `emails`. The user id of each account is its address. Rows are not awaited.
    """
    limit = asyncio.Semaphore(AT_ONCE)

    async def connect(email: str) -> str:
        async with limit:
            return await admin.connect(email)

    grants = list(await asyncio.gather(*(connect(email) for email in emails)))
    now = now_us()
    async with Publisher(Brokers.plain(stack.kafka.bootstrap_servers), source="devkit") as publisher:
        await publisher.publish_all(
            [
                Account(
                    grant_id=grant,
                    version=Version(observed_at=now, source=Source.CONNECT, event_id=grant),
                    status=AccountStatus.ACTIVE,
                    user_id=email,
                    email_address=email,
                    provider="google",
                    connected_at=now,
                )
                for email, grant in zip(emails, grants, strict=True)
            ],
            timeout=60,
        )
    return grants


async def create_many(admin: SimulatorAdmin, count: int, *, messages: int) -> list[str]:
    """Create `count` Google mailboxes with `messages` messages each, and return their addresses.

    The addresses are always the same, and mailboxes that have them are replaced.
    """
    limit = asyncio.Semaphore(AT_ONCE)

    async def create(number: int) -> str:
        email = f"account-{number}@example.com"
        async with limit:
            await admin.create_mailbox(email, provider="google", count=messages, extra_folders=0)
        return email

    return list(await asyncio.gather(*(create(number) for number in range(count))))
