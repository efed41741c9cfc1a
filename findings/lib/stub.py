# ruff: noqa: INP001 - found through PYTHONPATH by the scripts beside its folder
"""A loopback HTTP server that answers given paths with given JSON."""

import http.server
import json
import threading
from collections.abc import Mapping


def serve(answers: Mapping[str, object]) -> str:
    """Start the server in a thread of this process, and return its base URL.

    Args:
        answers: JSON by path, without the query string. All other paths are answered with 404.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = json.dumps(
                answers.get(path, {"request_id": "r", "error": {"type": "not_found", "message": path}})
            )
            self.send_response(200 if path in answers else 404)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
