"""A webhook receiver that runs in a thread, so that tests can make blocking calls."""

import gzip
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit

from mailtide_nylas_simulator.mail.model import Json


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery as it was received, with the status of the answer."""

    path: str
    headers: dict[str, str]
    body: bytes
    answered: int

    @property
    def signature(self) -> str:
        return self.headers.get("x-nylas-signature", "")

    def envelope(self) -> Json:
        """Return the notification, decompressed if necessary, as JSON.

        Raises:
            OSError: The body is not valid gzip, although its header says so, as with the fault ``tamper``.
            ValueError: The body is not JSON.
        """
        is_gzip = self.headers.get("content-encoding") == "gzip"
        found: Json = json.loads(gzip.decompress(self.body) if is_gzip else self.body)
        return found


class WebhookReceiver:
    """Receives webhooks on a free port. Use it as a context manager.

    Attributes:
        received: The deliveries so far.
        answers: The statuses of the next answers to deliveries. If there are none, the answer is 200.
        answer_always: The status of all answers to deliveries, instead of ``answers``.
        challenges: The values of the challenges so far.
        spoil_challenge: Whether challenges are answered with 404, instead of correctly.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: deque[int] = deque()
        self.answer_always: int | None = None
        self.challenges: list[str] = []
        self.spoil_challenge = False
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def url(self, path: str = "/hook") -> str:
        """Return the URL of a path. All paths are answered alike."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def of_type(self, kind: str) -> list[Received]:
        """Return the deliveries so far whose notification has exactly this type.

        Raises:
            OSError, ValueError: The body of a delivery cannot be read (see `Received.envelope`).
            KeyError: A notification has no type.
        """
        with self._changed:
            found = list(self.received)
        return [one for one in found if one.envelope()["type"] == kind]

    def wait(self, enough: Callable[[list[Received]], bool], timeout: float = 10.0) -> list[Received]:
        """Wait until ``enough`` returns True for the deliveries so far, and return the deliveries.

        Raises:
            TimeoutError: ``enough`` did not return True within ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while not enough(self.received):
                if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError(
                        f"the expected deliveries did not arrive within {timeout:g} s; received: {len(self.received)}"
                    )
            return list(self.received)

    def clear(self) -> None:
        """Forget the received deliveries, and answer deliveries with 200 and challenges correctly again."""
        with self._changed:
            self.received.clear()
            self.answers.clear()
            self.answer_always = None
            self.spoil_challenge = False

    def _take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        with self._changed:
            status = self.answer_always or (self.answers.popleft() if self.answers else 200)
            self.received.append(Received(path, headers, body, status))
            self._changed.notify_all()
        return status

    def _greet(self, challenge: str) -> tuple[int, bytes]:
        self.challenges.append(challenge)
        return (404, b"no") if self.spoil_challenge else (200, challenge.encode())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                challenge = parse_qs(parts.query).get("challenge", [""])[0]
                self._reply(*receiver._greet(challenge))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self._reply(receiver._take(urlsplit(self.path).path, headers, body), b"{}")

            def _reply(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Log nothing: a test reads ``received``."""

        return Handler
