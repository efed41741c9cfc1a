#!/usr/bin/env bash
# Nylas Python SDK 6.18.0: from 3 MB of attachments on, `messages.send` removes `attachments` from the caller's request
# body, before it calls Nylas. If the call fails, such as with 503 or 429, and the program sends the same body again,
# the mail goes out without its attachments, and the answer is a success. So does the mail to the second recipient of a
# loop. With less than 3 MB both calls send all. `drafts.create` and `drafts.update` do the same, and besides raise a
# TypeError after Nylas has stored the draft: a program that tries again makes a second draft, without attachments.
#
# Expected by most readers: the body that was passed in stays as it was, so that the same call does the same again; a
# draft that Nylas stored is returned.
# Why: the multipart request, which replaces JSON from 3 MB on, is built by removing the attachments from the argument.
# For drafts its result, a pair of answer and headers, is taken for the answer.
#
# Output seen (2026-11-29):
#   1 MB, messages.send: NylasApiError, then sent; attachments: 1, then 1
#   1 MB, drafts.create: NylasApiError, then sent; attachments: 1, then 1
#   3 MB, messages.send: NylasApiError, then sent; attachments: 1, then 0
#   3 MB, drafts.create: TypeError, then sent; attachments: 1, then 0
. "$(dirname "$0")/lib/setup.bash"

python_with nylas==6.18.0
"$python" -W ignore - "$work" >"$work/seen" <<'PYTHON'
import http.server
import json
import pathlib
import sys
import threading

import nylas
from nylas.models.errors import NylasApiError

path = pathlib.Path(sys.argv[1], "report.txt")
requests = []
statuses = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        requests.append(self.rfile.read(int(self.headers["content-length"])))
        data = {"id": "m1", "grant_id": "g1", "object": "message"}
        error = {"type": "api.internal_error", "message": "try again"}
        status = statuses.pop(0)
        body = json.dumps({"request_id": "r", "data": data} if status == 200 else {"request_id": "r", "error": error})
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        """Print nothing."""


def attempt(call, body):
    try:
        call("g1", request_body=body)
    except (NylasApiError, TypeError) as error:
        return type(error).__name__
    return "sent"


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = nylas.Client(api_key="key", api_uri=f"http://127.0.0.1:{server.server_port}")
for megabytes in (1, 3):
    content = b"x" * (megabytes * 1024 * 1024)
    with path.open("wb") as file:
        file.write(content)
    for name, call in (("messages.send", client.messages.send), ("drafts.create", client.drafts.create)):
        # A draft of 3 MB raises although Nylas has answered with 200.
        statuses[:] = [200 if (megabytes, name) == (3, "drafts.create") else 503, 200]
        with path.open("rb") as file:
            attachment = {"filename": "report.txt", "content_type": "text/plain", "size": len(content), "content": file}
            body = {"to": [{"email": "ben@example.net"}], "subject": "Report", "attachments": [attachment]}
            first, second = attempt(call, body), attempt(call, body)
        found = [request.count(b"report.txt") for request in requests[-2:]]
        print(f"{megabytes} MB, {name}: {first}, then {second}; attachments: {found[0]}, then {found[1]}")
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
1 MB, messages.send: NylasApiError, then sent; attachments: 1, then 1
1 MB, drafts.create: NylasApiError, then sent; attachments: 1, then 1
3 MB, messages.send: NylasApiError, then sent; attachments: 1, then 0
3 MB, drafts.create: TypeError, then sent; attachments: 1, then 0
EXPECTED
echo "confirmed: from 3 MB on, the second call sends no attachment"
