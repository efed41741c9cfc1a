#!/usr/bin/env bash
# Nylas Python SDK 6.18.0: `webhooks.list()` and `webhooks.find()` raise ValueError as soon as any destination of the
# application subscribes to a trigger that the SDK's enum lacks, such as the documented `grant.imap_sync_completed`.
# A program that watches over its destinations with the SDK goes blind when somebody adds one such trigger elsewhere.
#
# Expected by most readers: unknown triggers are passed through, as unknown fields are (and as the Node SDK does).
#
# Output seen (2026-11-28):
#   known triggers only: ['message.created']
#   one unknown trigger: ValueError: 'grant.imap_sync_completed' is not a valid WebhookTriggers
. "$(dirname "$0")/lib/setup.bash"

python_with nylas==6.18.0
PYTHONPATH=$(cd "$(dirname "$0")/lib" && pwd) "$python" -W ignore - >"$work/seen" <<'PYTHON'
from nylas import Client
from stub import serve


def listed(triggers):
    destination = {
        "id": "w1", "webhook_url": "https://app.example.org/hook", "status": "active", "trigger_types": triggers,
        "notification_email_addresses": [], "status_updated_at": 1, "created_at": 1, "updated_at": 1,
    }
    client = Client("key", serve({"/v3/webhooks": {"request_id": "r", "data": [destination]}}))
    try:
        return [trigger.value for trigger in client.webhooks.list().data[0].trigger_types]
    except ValueError as error:
        return f"ValueError: {error}"


print("known triggers only:", listed(["message.created"]))
print("one unknown trigger:", listed(["message.created", "grant.imap_sync_completed"]))
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
known triggers only: ['message.created']
one unknown trigger: ValueError: 'grant.imap_sync_completed' is not a valid WebhookTriggers
EXPECTED
echo "confirmed: one unknown trigger makes every destination unreadable"
