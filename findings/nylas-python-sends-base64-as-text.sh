#!/usr/bin/env bash
# Nylas Python SDK 6.18.0: the `content` of an attachment may be "a Base64 encoded content of the attachment or a
# pointer to a file" (docstring of CreateAttachmentRequest). From 3 MB of attachments on, Base64 is sent as it is, in
# place of the file: recipients get a report.pdf of ASCII text, a third larger, which no program opens. The sum of all
# attachments counts, so small ones beside a large one are affected too. With less than 3 MB the same code sends the
# right file, so that tests with small files pass. The SDK reports success either way.
#
# Expected by most readers: the recipient gets the same file, whatever its size.
# Why: below 3 MB the request is JSON, in which Nylas wants Base64; from then on it is multipart/form-data, in which it
# wants the bytes of the file (API reference, Messages, send). Nothing decodes the text in between.
#
# Output seen (2026-11-29):
#   less than 3 MB in JSON: Base64 of the files
#   3 MB in multipart/form-data, content is a file: the files
#   3 MB in multipart/form-data, content is Base64: Base64 of the files
. "$(dirname "$0")/lib/setup.bash"

python_with nylas==6.18.0
"$python" -W ignore - >"$work/seen" <<'PYTHON'
import base64
import email
import email.policy
import http.server
import io
import json
import threading

import nylas

received = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        received[:] = [self.headers["content-type"], self.rfile.read(int(self.headers["content-length"]))]
        body = json.dumps({"request_id": "r", "data": {"id": "m1", "grant_id": "g1", "object": "message"}})
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        """Print nothing."""


def contents():
    """Return what arrived as the attachments' content, and how."""
    kind, body = received
    if kind == "application/json":
        return "JSON", [each["content"].encode() for each in json.loads(body)["attachments"]]
    form = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=email.policy.HTTP)
    return kind.partition(";")[0], [part.get_payload(decode=True) for part in list(form.iter_parts())[1:]]


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = nylas.Client(api_key="key", api_uri=f"http://127.0.0.1:{server.server_port}")


def send(files, content):
    attachments = [
        {"filename": f"{n}.pdf", "content_type": "application/pdf", "size": len(file), "content": content(file)}
        for n, file in enumerate(files)
    ]
    client.messages.send("g1", {"to": [{"email": "ben@example.net"}], "subject": "s", "attachments": attachments})
    how, found = contents()
    as_base64 = [base64.b64encode(file) for file in files]
    return how, "the files" if found == files else "Base64 of the files" if found == as_base64 else "neither"


def in_base64(file):
    return base64.b64encode(file).decode()


small = b"%PDF-1.4 small"
large = b"%PDF-1.4 large".ljust(3 * 1024 * 1024 - len(small), b"x")
print("less than 3 MB in {}: {}".format(*send([small, large[:-1]], in_base64)))
print("3 MB in {}, content is a file: {}".format(*send([small, large], io.BytesIO)))
print("3 MB in {}, content is Base64: {}".format(*send([small, large], in_base64)))
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
less than 3 MB in JSON: Base64 of the files
3 MB in multipart/form-data, content is a file: the files
3 MB in multipart/form-data, content is Base64: Base64 of the files
EXPECTED
echo "confirmed: from 3 MB on, Base64 takes the place of the file"
