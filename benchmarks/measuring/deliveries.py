"""Notifications of distinct messages, which several benchmarks send."""

import json
import random
import string
import time
from uuid import uuid4

GRANTS = 50

SERVICES = {"ingress": 1, "scheduler": 1, "sync-worker": 1, "persister": 1}
"""The services between a webhook and its row; every build has these."""


def notification(number: int, body: str) -> tuple[str, bytes]:
    """Return the id of a distinct message, and the body of its `message.created`."""
    message_id = f"m-{uuid4().hex}"
    now = int(time.time())
    message = {
        "object": "message", "id": message_id, "grant_id": f"grant-{number % GRANTS}", "thread_id": f"t-{number // 3}",
        "subject": f"Benchmark {number}", "from": [{"name": "Ada", "email": "ada@example.com"}],
        "to": [{"name": "Ben", "email": "ben@example.net"}], "cc": [], "bcc": [], "reply_to": [], "date": now,
        "unread": True, "starred": False, "folders": ["INBOX"], "snippet": "A benchmark", "body": body,
        "attachments": [],
    }  # fmt: skip
    envelope = {
        "specversion": "1.0", "type": "message.created", "source": "/google/emails/realtime", "id": uuid4().hex,
        "time": now, "webhook_delivery_attempt": 1, "data": {"application_id": "a", "object": message},
    }  # fmt: skip
    return message_id, json.dumps(envelope).encode()


def bodies(size: int, count: int = 64) -> list[str]:
    """Return distinct texts of `size` bytes that compress about as well as mail does; the same ones in every run."""
    rng = random.Random(7)  # noqa: S311 - a benchmark's data
    return [_html(rng, size) for _ in range(count)]


def _html(rng: random.Random, size: int) -> str:
    words = ["".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 9))) for _ in range(400)]
    text = " ".join(rng.choices(words, k=size // 6))
    return f"<p>{text}</p>"[:size]
