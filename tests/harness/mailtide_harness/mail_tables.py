"""The mail tables as a whole."""

import asyncio

from mailtide_devkit.demo import user_actions
from mailtide_devkit.local.waiting import until

MAIL_TABLES = (
    "email_accounts",
    "emails",
    "email_threads",
    "email_folders",
    "email_attachments",
    "account_users",
)


async def settled_checksum(database_url: str) -> str:
    """Return the checksum of all mail once it no longer changes."""
    last = ""

    async def same() -> bool:
        nonlocal last
        before, last = last, await user_actions.checksum(database_url)
        await asyncio.sleep(1)
        return last == before

    await until(same, what="the rows stay as they are")
    return last
