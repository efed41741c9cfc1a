"""How far back Nylas' cache of a mailbox reaches."""

from mailtide_common.contracts.times import UnixSeconds
from mailtide_sync_worker.listings.imap_cache import oldest_seen


def test_an_agent_account_is_served_whole() -> None:
    assert oldest_seen("nylas", UnixSeconds(10**9)) is None
    assert oldest_seen("imap", UnixSeconds(10**9)) is not None
