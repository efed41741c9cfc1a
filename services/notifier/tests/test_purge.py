"""What the notifier keeps about an account is deleted with the account, and nothing else is."""

from typing import Any
from uuid import UUID

from mailtide_common.contracts.events import Purged
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.runtime.clock import now_us
from mailtide_harness.notifier import Harness, Receiver, a_record, content, raised, state

BY_ACCOUNT = {
    "notices": "SELECT * FROM notices WHERE account_id = $1 ORDER BY id",
    "incidents": "SELECT * FROM notice_incidents WHERE account_id = $1 ORDER BY id",
    "candidates": "SELECT * FROM notice_messages WHERE account_id = $1 ORDER BY id",
}
DELIVERIES = "SELECT * FROM notice_deliveries WHERE id = ANY ($1::uuid[]) ORDER BY id"


async def test_a_purge_erases_all_about_its_account_and_nothing_about_another(
    harness: Harness, receiver: Receiver
) -> None:
    """INV-23."""
    await harness.rule(await harness.channel(receiver.url, allow_content=True))
    for grant in "gh":
        await harness.account(grant)
        await harness.mail(content("sent", grant), state("sent", grant))
        await harness.alerts(raised(grant))
    await harness.delivered()
    for grant in "gh":
        await harness.mail(content("undecided", grant))
    sent = {grant: [row["delivery_id"] for row in (await kept(harness, grant))["notices"]] for grant in "gh"}
    other = await kept(harness, "h"), await harness.pool.fetch(DELIVERIES, sent["h"])
    assert {name: len(rows) for name, rows in (await kept(harness, "g")).items()} == {
        "notices": 2,
        "incidents": 1,
        "candidates": 2,
    }
    ended = Purged(account_id=account_uuid("h"), purged_at=1, lifted_at=2)
    for _ in range(2):
        marker = Purged(account_id=account_uuid("g"), purged_at=now_us())
        assert await harness.forgetter.handle([a_record(marker), a_record(ended)]) == []
        assert not any((await kept(harness, "g")).values())
        erased = await harness.pool.fetch(DELIVERIES, sent["g"])
        assert [(row["label"], row["payload"]) for row in erased] == [("purged", {})] * 2
        assert (await kept(harness, "h"), await harness.pool.fetch(DELIVERIES, sent["h"])) == other


async def kept(harness: Harness, grant: str) -> dict[str, list[Any]]:
    account: UUID = account_uuid(grant)
    return {name: await harness.pool.fetch(query, account) for name, query in BY_ACCOUNT.items()}
