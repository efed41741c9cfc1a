"""The OpenAPI and AsyncAPI documents are valid, cover what there is, and are served behind the token."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import SecretStr

from mailtide_common.contracts.events import EVENT_TYPES
from mailtide_common.contracts.topics import ALL_TOPICS
from mailtide_devkit.generate.api_pages import example
from mailtide_scheduler.api.routes import create_api

GENERATED = Path(__file__).parents[2] / "docs/generated"
NODE = Path(__file__).parent / "asyncapi"


def generated(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((GENERATED / name).read_text("utf-8"))
    return document


@pytest.fixture(scope="module")
def asyncapi_schema() -> dict[str, Any]:
    """The JSON schema of AsyncAPI 3, which npm has and PyPI has not."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is needed for the JSON schema of AsyncAPI")
    schema = NODE / "node_modules/@asyncapi/specs/schemas/3.0.0.json"
    if not schema.exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True, timeout=120)  # noqa: S603
    found: dict[str, Any] = json.loads(schema.read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", ["openapi-ingress.json", "openapi-scheduler.json", "openapi-notifier.json"])
def test_an_openapi_document_is_valid(name: str) -> None:
    document = generated(name)
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


@pytest.mark.parametrize("name", ["openapi-ingress.json", "openapi-scheduler.json", "openapi-notifier.json"])
def test_the_examples_of_the_pages_match_their_schemas(name: str) -> None:
    document = generated(name)
    bodies = [
        content["application/json"]["schema"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for part in (operation.get("requestBody", {}), *operation["responses"].values())
        if "application/json" in (content := part.get("content", {}))
    ]
    assert bodies
    for schema in bodies:
        jsonschema.validate(example(document, schema), {**schema, "components": document["components"]})


def test_the_asyncapi_document_is_valid(asyncapi_schema: dict[str, Any]) -> None:
    jsonschema.validate(generated("asyncapi.json"), asyncapi_schema)


def test_the_asyncapi_document_names_every_topic_and_event() -> None:
    document = generated("asyncapi.json")
    assert set(document["channels"]) == {topic.name for topic in ALL_TOPICS}
    placed = {name for channel in document["channels"].values() for name in channel["messages"]}
    assert placed == {event.__name__ for event in EVENT_TYPES} | {"Notification", "DeadLetter"}
    assert placed == set(document["components"]["messages"])
    requests = [
        name for name, channel in document["channels"].items() if "SyncRequested" in channel["messages"]
    ]
    assert requests == ["mail.sync-requests.v1", "mail.backfill-requests.v1"]


def test_the_ingress_document_names_every_public_route() -> None:
    paths = generated("openapi-ingress.json")["paths"]
    assert {path: set(item) for path, item in paths.items() if path.startswith("/api/")} == {
        "/api/webhooks/nylas": {"get", "post"},
        "/api/auth/nylas/connect": {"get"},
        "/api/auth/nylas/callback": {"get"},
        "/api/auth/nylas/done": {"get"},
    }


@pytest.mark.parametrize("name", ["openapi-scheduler.json", "asyncapi.json"])
async def test_the_scheduler_serves_its_documents_behind_the_token(name: str) -> None:
    path = f"/api/{name.replace('-scheduler', '')}"
    transport = httpx.ASGITransport(create_api(SecretStr("cron"), SecretStr("admin")))
    async with httpx.AsyncClient(transport=transport, base_url="http://scheduler") as client:
        assert (await client.get(path)).status_code == 401
        answer = await client.get(path, headers={"authorization": "Bearer admin"})
    assert (answer.status_code, answer.json()) == (200, generated(name))
