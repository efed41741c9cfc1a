"""A worker with a wrong schema says so and waits; it is no bug, and live mail goes on."""

import pytest

from mailtide_common.contracts.events import MessageState
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.postgres import create_pool
from mailtide_harness.notifications import deleted
from mailtide_harness.publisher import RecordingPublisher
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.known.stored_index import StoredIndex
from mailtide_sync_worker.notifications.translate import Translator

EXPLAINED = "run `mailtide migrate`; if the tables exist, correct MAILTIDE_SCHEMA"


async def test_a_schema_without_tables_is_named_and_delays_no_notification(database_url: str) -> None:
    pool = await create_pool(database_url, max_size=1, application_name="test", schema="without_tables")
    async with pool:
        with pytest.raises(TransientError, match=EXPLAINED):
            await StoredIndex(pool).count_messages("g")
        with pytest.raises(TransientError, match=EXPLAINED):
            await KnownState(pool).get_account("g")
        published = RecordingPublisher()
        assert await Translator(KnownState(pool), published).translate([deleted("g")]) == []
    assert [type(event) for event in published.events] == [MessageState]
