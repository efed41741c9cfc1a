"""What unauthorised and malformed requests get from every route of the API."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_from_bytes
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from mailtide_common.runtime.operators.log import OperatorLog
from mailtide_common.runtime.web.body_limit import MAX_BODY_BYTES
from mailtide_harness.doctor import a_doctor
from mailtide_harness.scheduler import Harness, is_problem
from mailtide_scheduler.api.dependencies import UseCases
from mailtide_scheduler.api.routes import create_api

ODD = st.one_of(
    st.text(st.characters(codec=None), max_size=20),
    st.sampled_from(
        ["\x00", "a\x00b", "\ud83d", "\x1f", "\u2028", "%", "..", "null", "9" * 400, "-1", "1e400", "nan"]
    ),
)


@dataclass(frozen=True)
class Call:
    """A route and its parameters."""

    method: str
    path: str
    query: tuple[str, ...]
    body: tuple[str, ...]

    @property
    def token(self) -> dict[str, str]:
        return {"authorization": f"Bearer {'cron' if '/cron/' in self.path else 'admin'}"}


def calls(app: FastAPI) -> Iterator[Call]:
    """Every route of the API, derived from the app."""
    for context in iter_route_contexts(app.routes):
        route, path = context.original_route, context.path or ""
        if isinstance(route, APIRoute) and path.startswith("/api/"):
            query = tuple(field.alias for field in route.dependant.query_params)
            model: Any = route.body_field.field_info.annotation if route.body_field else None
            body = tuple(model.model_fields) if model else ()
            for method in sorted(route.methods or ()):
                yield Call(method, path, query, body)


def create() -> FastAPI:
    return create_api(SecretStr("cron"), SecretStr("admin"))


@pytest.fixture(scope="module")
def bare() -> FastAPI:
    """The routes without use cases, which these requests never reach."""
    return create()


async def ask(app: FastAPI, call: Call, headers: dict[str, str], pieces: list[bytes]) -> tuple[int, int]:
    """Send a request; return the status, and how many pieces of the body were read."""
    read = 0
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": pieces[read - 1], "more_body": read < len(pieces)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": call.method,
        "path": call.path.format(account_id=UUID(int=0), run_id=UUID(int=0), letter_id=UUID(int=0)),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await app(scope, receive, send)
    return sent[0]["status"], read


async def test_the_token_is_asked_for_before_the_body_is_read(bare: FastAPI) -> None:
    """INV-28."""
    found = list(calls(bare))
    assert len(found) >= 15
    for call in found:
        for headers in ({}, {"authorization": "Bearer nonsense"}, {"content-length": "99999999999999999999"}):
            assert await ask(bare, call, headers, []) == (401, 0), call


async def test_every_route_requires_its_own_token(bare: FastAPI) -> None:
    """INV-28."""
    transport = httpx.ASGITransport(bare, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://scheduler") as client:
        for call in calls(bare):
            other = "Bearer admin" if "/cron/" in call.path else "Bearer cron"
            path = call.path.format(account_id=UUID(int=0), run_id=UUID(int=0), letter_id=UUID(int=0))
            for value in (other, "Basic admin", "Basic cron", "Bearer", "admin", "cron", ""):
                answer = await client.request(call.method, path, headers={"authorization": value})
                assert is_problem(answer, 401), (call, value)
                assert answer.headers["www-authenticate"] == "Bearer"
            assert (await client.request(call.method, path, headers=call.token)).status_code != 401, call


async def test_a_service_that_starts_is_a_503(bare: FastAPI) -> None:
    transport = httpx.ASGITransport(bare, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://scheduler") as client:
        answer = await client.get("/api/accounts", headers={"authorization": "Bearer admin"})
    assert is_problem(answer, 503)
    assert answer.headers["retry-after"]


async def test_bodies_are_small(bare: FastAPI) -> None:
    with_body = [call for call in calls(bare) if call.body]
    assert len(with_body) >= 2
    for call in with_body:
        declared = call.token | {"content-length": str(MAX_BODY_BYTES + 1)}
        assert await ask(bare, call, declared, []) == (413, 0)
        piece = bytes(MAX_BODY_BYTES // 4)
        assert await ask(bare, call, call.token, [piece] * 100) == (413, 5)


@pytest.fixture
async def known_account(harness: Harness) -> UUID:
    return await harness.add_account("g")


@pytest.fixture
async def app(harness: Harness) -> FastAPI:
    """An app whose routes work that only read, or that take a text."""
    app = create()
    app.state.use_cases = UseCases(
        harness.pool,
        harness.runs,
        harness.control,
        harness.held,
        harness.redriver,
        None,  # type: ignore[arg-type]
        "https://mail.test",
        OperatorLog(harness.pool, acquire_seconds=5.0),
        a_doctor(harness.pool),
    )
    return app


def percent(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")


@given(odd=ODD, raw=st.binary(max_size=30))
@settings(max_examples=25, database=None)
async def test_odd_parameters_are_never_a_500(
    app: FastAPI, known_account: UUID, odd: str, raw: bytes
) -> None:
    """In each place of each route: path, query, body, name of a field, and a body that is not JSON."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://scheduler") as client:
        for call in calls(app):
            if "/webhooks" in call.path or ("/cron/" in call.path and not call.query):
                continue
            for path, query, content in requests(call, known_account, odd, raw):
                answer = await client.request(
                    call.method,
                    path + query,
                    headers=call.token | {"content-type": "application/json"},
                    content=content,
                )
                assert answer.status_code < 500, (call, path, query, content)
                assert answer.is_success or is_problem(answer, answer.status_code)


def requests(call: Call, account_id: UUID, odd: str, raw: bytes) -> Iterator[tuple[str, str, bytes]]:
    known = call.path.format(account_id=account_id, run_id=UUID(int=0), letter_id=UUID(int=0))
    if "{" in call.path:
        strange = percent(odd) or "x"
        yield call.path.format(account_id=strange, run_id=strange, letter_id=strange), "", b"{}"
    for name in call.query:
        waits = "&wait=0" if name != "wait" and "wait" in call.query else ""
        yield known, f"?{quote(name)}={percent(odd)}{waits}", b"{}"
    for name in call.body:
        for value in (odd, [odd], {odd: odd}, None):
            yield known, "", json.dumps({name: value}).encode()
    if call.body:
        yield known, "", json.dumps({odd: 1}).encode()
        yield known, "", raw
        yield known, "", b"[" * 30_000
        yield known, "", json.dumps({"ids": [str(uuid4())], "limit": 1}).encode()
