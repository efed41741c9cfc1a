"""The webhook part of Nylas, as a transport that is passed in."""

import itertools
import json
from typing import Any

import httpx

from mailtide_nylas import NylasClient


class NylasStub:
    """Keeps destinations; refuses, or fails after doing the work, when told to."""

    def __init__(self) -> None:
        self.destinations: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.refuse_challenge = False
        self.down = False
        self._secrets = itertools.count(1)

    def client(self) -> NylasClient:
        return NylasClient("https://nylas.test", "key", "client", transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(f"{request.method} {request.url.path}")
        if self.down:
            return httpx.Response(503, json={})
        body = json.loads(request.content or b"{}")
        match request.method, request.url.path.split("/")[3:]:
            case "GET", []:
                return self._ok([_shown(each) for each in self.destinations.values()])
            case "POST", []:
                return self._create(body)
            case "PUT", [id_]:
                self.destinations[id_] |= body
                return self._ok(_shown(self.destinations[id_]))
            case "POST", ["rotate-secret", id_]:
                self.destinations[id_]["webhook_secret"] = self._secret()
                return self._ok(self.destinations[id_])
            case _:
                return httpx.Response(404, json={"error": {"type": "not_found_error"}})

    def secret(self, id_: str) -> str:
        return str(self.destinations[id_]["webhook_secret"])

    def _create(self, body: dict[str, Any]) -> httpx.Response:
        if self.refuse_challenge:
            return httpx.Response(400, json={"error": {"type": "70005", "message": "unable.verify"}})
        id_ = f"w-{len(self.destinations) + 1}-{next(self._secrets)}"
        made = {**body, "id": id_, "status": "active", "webhook_secret": self._secret()}
        self.destinations[id_] = made
        return self._ok(made)

    def _secret(self) -> str:
        return f"secret-{next(self._secrets)}"

    @staticmethod
    def _ok(data: Any) -> httpx.Response:
        return httpx.Response(200, json={"request_id": "r", "data": data})


def _shown(destination: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in destination.items() if name != "webhook_secret"}
