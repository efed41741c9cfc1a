#!/usr/bin/env bash
# standardwebhooks 1.1.0 (PyPI): `Webhook.sign` replaces the offset of its `timestamp` by UTC instead of converting it.
# Two equal datetimes, one in UTC and one at +02:00, give different signatures, and `Webhook.verify` of the same
# package refuses the second. A sender that passes local times signs correctly on a server in UTC; elsewhere every
# receiver refuses its webhooks.
#
# Expected by most readers: a datetime with an offset is an instant, and equal instants give equal signatures.
# Why: sign() calls timestamp.replace(tzinfo=timezone.utc), where astimezone() would convert.
#
# Output seen (2026-11-28):
#   equal times: True, equal signatures: False
#   +00:00: accepted
#   +02:00: WebhookVerificationError
. "$(dirname "$0")/lib/setup.bash"

python_with standardwebhooks==1.1.0
"$python" - >"$work/seen" <<'PYTHON'
import base64
from datetime import UTC, datetime, timedelta, timezone

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook("whsec_" + base64.b64encode(b"a key of 32 bytes for this test!").decode())
utc = datetime.now(UTC)
local = utc.astimezone(timezone(timedelta(hours=2)))
signatures = {"+00:00": webhook.sign("msg_1", utc, "{}"), "+02:00": webhook.sign("msg_1", local, "{}")}
print(f"equal times: {utc == local}, equal signatures: {len(set(signatures.values())) == 1}")
for offset, signature in signatures.items():
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(utc.timestamp())),
        "webhook-signature": signature,
    }
    try:
        webhook.verify("{}", headers)
        print(f"{offset}: accepted")
    except WebhookVerificationError:
        print(f"{offset}: WebhookVerificationError")
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
equal times: True, equal signatures: False
+00:00: accepted
+02:00: WebhookVerificationError
EXPECTED
echo "confirmed: standardwebhooks takes the clock face of a time for UTC"
