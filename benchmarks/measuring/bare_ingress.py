"""A minimal ingress for `ingress_vs_bare.py`: ASGI, HMAC, record key, and aiokafka with `acks=all`."""

import asyncio
import hashlib
import hmac
import os
import re
import sys
from typing import Any

import uvicorn
from aiokafka import AIOKafkaProducer

GRANT = re.compile(rb'"grant_id": "([^"]+)"')


async def main() -> None:
    """Serve on the port that the first argument names, and publish to the topic that the second names."""
    port, topic = int(sys.argv[1]), sys.argv[2]
    secret = os.environ["NYLAS_WEBHOOK_SECRET"].encode()
    servers = os.environ["KAFKA_BOOTSTRAP_SERVERS"]

    async with AIOKafkaProducer(
        bootstrap_servers=servers, acks="all", max_request_size=8_388_608, max_batch_size=262_144
    ) as producer:

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                return
            if scope["method"] == "GET":
                await _answer(send, 200)
                return
            parts = []
            more = True
            while more:
                message = await receive()
                parts.append(message.get("body", b""))
                more = message.get("more_body", False)
            body = b"".join(parts)
            sent = dict(scope["headers"]).get(b"x-nylas-signature", b"")
            if not hmac.compare_digest(hmac.new(secret, body, hashlib.sha256).hexdigest().encode(), sent):
                await _answer(send, 401)
                return
            found = GRANT.search(body)
            await producer.send_and_wait(topic, body, found[1] if found else None)
            await _answer(send, 200)

        config = uvicorn.Config(
            app, port=port, log_level="warning", access_log=False, lifespan="off",
            proxy_headers=False, server_header=False, ws="none",
        )  # fmt: skip
        await uvicorn.Server(config).serve()


async def _answer(send: Any, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(main())
