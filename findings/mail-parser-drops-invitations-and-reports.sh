#!/usr/bin/env bash
# mail-parser 4.8.0 (PyPI): two kinds of parts disappear, and one text is taken for another.
# 1. A text/calendar part (a meeting invitation, RFC 6047) is in none of text_plain, text_html, attachments;
#    the only trace is a log line.
# 2. A message/delivery-status part (RFC 3464) is in none of them either: a bounce has lost its reason.
# 3. The text of an enclosed message/rfc822 is appended to text_plain, as if the sender had written it.
# Whoever imports mail with it and keeps only these lists loses invitations and bounce reasons without an error.
#
# Expected by most readers: every leaf part is a text or an attachment, and enclosed messages are attachments.
# The standard library's parser shows all of these parts of the same bytes (checked below).
#
# Output seen (2026-11-28): see the EXPECTED block at the end.
. "$(dirname "$0")/lib/setup.bash"

python_with mail-parser==4.8.0
"$python" - >"$work/seen" 2>/dev/null <<'PYTHON'
import email
import email.policy

import mailparser

HEAD = (
    "From: Ada <ada@example.org>\r\nTo: Ben <ben@example.net>\r\nSubject: s\r\n"
    "Date: Fri, 27 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
)
INVITATION = HEAD + (
    'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/plain\r\n\r\nPlease come\r\n"
    "--b\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    "--b--\r\n"
)
BOUNCE = HEAD + (
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/plain\r\n\r\nNot delivered\r\n"
    "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; x@example.net\r\nStatus: 5.1.1\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: ada@example.org\r\nSubject: t\r\n\r\nThe original\r\n"
    "--b--\r\n"
)
for name, text in (("invitation", INVITATION), ("bounce", BOUNCE)):
    parsed = mailparser.parse_from_string(text)
    kinds = [part.get_content_type() for part in email.message_from_string(text, policy=email.policy.default).walk()]
    print(name, "| parts:", *kinds)
    texts = [each.strip() for each in parsed.text_plain]
    attached = [each["mail_content_type"] for each in parsed.attachments]
    print(name, "| text_plain:", texts, "attachments:", attached)
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
invitation | parts: multipart/mixed text/plain text/calendar
invitation | text_plain: ['Please come'] attachments: []
bounce | parts: multipart/report text/plain message/delivery-status text/plain text/plain message/rfc822 text/plain
bounce | text_plain: ['Not delivered', 'The original'] attachments: []
EXPECTED
echo "confirmed: mail-parser 4.8.0 drops both parts and mixes the enclosed text in"
