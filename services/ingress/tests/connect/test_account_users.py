"""Several users of the application share a mailbox."""

from mailtide_common.contracts.events import Account, AccountStatus, connected_users
from mailtide_common.contracts.versions import Source, Version

from .test_connect import Harness


async def test_a_second_user_of_a_mailbox_is_added_and_the_first_stays() -> None:
    harness = Harness()
    for user in ("u-1", "u-2", "u-1"):
        assert (await harness.connects(user))["success"] == "connected"
    accounts = [event for event in harness.publisher.events if isinstance(event, Account)]
    assert [account.user_id for account in accounts] == ["u-1", "u-1", "u-1"]
    assert connected_users(accounts[-1].users) == ["u-1", "u-2"]
    assert accounts[-1].users == accounts[-2].users, "who is connected already stays connected since then"


async def test_where_mailboxes_are_not_shared_a_second_user_is_refused_and_nothing_changes() -> None:
    harness = Harness(share=False)
    assert (await harness.connects("u-1"))["success"] == "connected"
    before = list(harness.publisher.events)
    assert await harness.connects("u-2") == {"x": "1", "error": "already_connected"}
    assert harness.publisher.events == before
    assert (await harness.connects("u-1"))["success"] == "connected"
    last = await harness.publisher.last_account("g-1")
    assert last is not None
    await harness.publisher.publish(last.model_copy(update={"status": AccountStatus.REMOVED}))
    assert (await harness.connects("u-2"))["success"] == "connected", "a removed account is free"
    last = await harness.publisher.last_account("g-1")
    assert last is not None
    assert connected_users(last.users) == ["u-2"]


async def test_a_snapshot_of_an_earlier_version_names_its_user() -> None:
    harness = Harness(share=False)
    old = Account(
        grant_id="g-1",
        version=Version(observed_at=1, source=Source.CONNECT, event_id="e"),
        status=AccountStatus.ACTIVE,
        user_id="u-1",
        connected_at=5,
    )
    await harness.publisher.publish(old)
    assert (await harness.connects("u-2"))["error"] == "already_connected"
