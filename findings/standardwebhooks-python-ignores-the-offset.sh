#!/usr/bin/env bash
# standardwebhooks 1.1.0 (PyPI): `Webhook.sign` with an aware datetime of another offset than UTC signs another instant:
# it takes the digits of the local time as UTC. The header `webhook-timestamp` has the right instant, so every receiver
# refuses every webhook. On a machine or in a container that runs in UTC it is never seen; in London only in summer.
#
# Expected by most readers: an aware datetime names an instant, and its offset makes no difference.
# Why: sign() calls timestamp.replace(tzinfo=timezone.utc), which keeps the digits, where astimezone() would convert.
#
# Output seen (2026-11-28), for the same instant:
#   offset +00:00: verified
#   offset +01:00: WebhookVerificationError: No matching signature found
. "$(dirname "$0")/lib/setup.bash"

python_with standardwebhooks==1.1.0
"$python" - >"$work/seen" <<'PYTHON'
import base64
from datetime import datetime, timedelta, timezone

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(base64.b64encode(bytes(32)).decode())
instant = datetime.now(timezone.utc)
for hours in (0, 1):
    now = instant.astimezone(timezone(timedelta(hours=hours)))
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign("msg_1", now, "{}"),
    }
    try:
        webhook.verify("{}", headers)
        outcome = "verified"
    except WebhookVerificationError as error:
        outcome = f"WebhookVerificationError: {error}"
    print(f"offset +{hours:02}:00: {outcome}")
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
offset +00:00: verified
offset +01:00: WebhookVerificationError: No matching signature found
EXPECTED
echo "confirmed: the offset is ignored"
