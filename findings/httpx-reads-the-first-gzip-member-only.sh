#!/usr/bin/env bash
# httpx 0.28.1: of a gzip response that consists of several members (RFC 1952, section 2.2: their contents are
# concatenated), only the first member is decoded; the rest is dropped without an error. urllib3 2.6.3 (and so
# requests) decodes all of them. A proxy that compresses a streamed response piece by piece sends such bodies.
#
# Expected by most readers: the whole text, as every gzip program prints it.
#
# Output seen (2026-11-28):
#   httpx:   {"data":[1,
#   urllib3: {"data":[1,2]}
. "$(dirname "$0")/lib/setup.bash"

python_with httpx==0.28.1 urllib3==2.6.3
"$python" - >"$work/seen" <<'PYTHON'
import gzip
import http.server
import threading

import httpx
import urllib3

BODY = gzip.compress(b'{"data":[1,') + gzip.compress(b"2]}")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-encoding", "gzip")
        self.send_header("content-length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
print("httpx:  ", httpx.get(url, trust_env=False).text)
print("urllib3:", urllib3.PoolManager().request("GET", url).data.decode())
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
httpx:   {"data":[1,
urllib3: {"data":[1,2]}
EXPECTED
echo "confirmed: httpx drops every member but the first"
