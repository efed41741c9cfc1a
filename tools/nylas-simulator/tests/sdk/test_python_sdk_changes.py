"""Changes of folders, threads and grants by the official Python SDK."""

import nylas
import pytest
from nylas.models.errors import NylasApiError

from mailtide_nylas_simulator.testing.client import SimulatorAdmin
from mailtide_nylas_simulator.testing.receiver import WebhookReceiver

from .sdk_support import NewBox, NewHook, only, settle

pytestmark = pytest.mark.sdk


async def test_a_folder_is_renamed_and_deleted_with_what_is_only_in_it(
    sdk: nylas.Client, admin: SimulatorAdmin, receiver: WebhookReceiver, new_hook: NewHook, new_box: NewBox
) -> None:
    email, grant = await new_box(provider="microsoft", count=1)
    folder = sdk.folders.create(grant, {"name": "Old"}).data
    (message_id,) = await admin.deliver_messages(email, [{"folders": [folder.id]}])
    _, path = new_hook("folder.updated", "folder.deleted", "message.deleted")
    assert sdk.folders.update(grant, folder.id, {"name": "New"}).data.name == "New"
    assert sdk.folders.destroy(grant, folder.id).request_id
    with pytest.raises(NylasApiError, match="not found"):
        sdk.folders.find(grant, folder.id)
    with pytest.raises(NylasApiError, match="not found"):
        sdk.messages.find(grant, message_id)
    await settle(admin)
    told = sorted(one.envelope()["type"] for one in only(receiver, path))
    assert told == ["folder.deleted", "folder.updated", "message.deleted"]


async def test_a_system_folder_stays(sdk: nylas.Client, new_box: NewBox) -> None:
    _, grant = await new_box(count=1)
    with pytest.raises(NylasApiError) as caught:
        sdk.folders.destroy(grant, "INBOX")
    assert caught.value.status_code == 400


async def test_a_thread_changes_all_its_messages(sdk: nylas.Client, new_box: NewBox) -> None:
    _, grant = await new_box(provider="imap", count=40)
    threads = sdk.threads.list(grant, {"limit": 50}).data
    thread = next(each for each in threads if len(each.message_ids or []) > 1)
    changed = sdk.threads.update(grant, thread.id, {"unread": False, "starred": True}).data
    assert (changed.unread, changed.starred) == (False, True)
    assert sdk.threads.destroy(grant, thread.id).request_id
    for message_id in thread.message_ids or []:
        message = sdk.messages.find(grant, message_id).data
        assert (message.unread, message.starred, message.folders) == (False, True, ["Trash"])


async def test_a_grant_is_updated_and_deleted_for_good(
    sdk: nylas.Client, admin: SimulatorAdmin, receiver: WebhookReceiver, new_hook: NewHook, new_box: NewBox
) -> None:
    email, grant = await new_box(count=1)
    _, path = new_hook("grant.updated", "grant.deleted")
    assert sdk.grants.update(grant, {"scope": ["one", "two"]}).data.scope == ["one", "two"]
    assert sdk.grants.destroy(grant).request_id
    with pytest.raises(NylasApiError) as caught:
        sdk.grants.find(grant)
    assert caught.value.status_code == 404
    assert await admin.connect(email) != grant
    await settle(admin)
    received = sorted(one.envelope()["type"] for one in only(receiver, path))  # several are sent at once
    assert received == ["grant.deleted", "grant.updated"]
