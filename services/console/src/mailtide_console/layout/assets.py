"""Static files: the console's own, those of npm packages (`static/vendor`), and those of Swagger UI."""

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, TypeAdapter
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

FOLDER = Path(str(files(__package__) / "static"))
SWAGGER = Path(str(files("fastapi_offline") / "static"))
"""Swagger UI, which is too large to be vendored; fastapi-offline 1.7.7 has version 5.32.6."""

SWAGGER_FILES = ("swagger-ui-bundle.js", "swagger-ui.css")
YEAR = "public, max-age=31536000, immutable"


class Vendored(BaseModel):
    """An unchanged file of an npm package."""

    file: str
    package: str
    version: str
    path: str
    """Its path in the package."""
    licence: str
    integrity: str
    """Its hash, as in HTML's attribute `integrity`."""


def vendored() -> tuple[Vendored, ...]:
    """Return the entries of `static/vendor/manifest.json`."""
    manifest = (FOLDER / "vendor" / "manifest.json").read_bytes()
    return TypeAdapter(tuple[Vendored, ...]).validate_json(manifest)


def integrity(content: bytes) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"


class Assets:
    """Serves the static files. Each URL has a part of the file's hash, so browsers may keep it for a year."""

    def __init__(self) -> None:
        known = {f"vendor/{each.file}": each.integrity for each in vendored()}
        names = [
            str(path.relative_to(FOLDER))
            for path in FOLDER.rglob("*")
            if path.suffix in {".css", ".js", ".svg"}
        ]
        self._hashes = {name: known.get(name) or integrity((FOLDER / name).read_bytes()) for name in names}
        self._hashes |= {name: integrity((SWAGGER / name).read_bytes()) for name in SWAGGER_FILES}
        self._files = StaticFiles(directory=FOLDER, packages=[("fastapi_offline", "static")])

    def url(self, name: str) -> str:
        """Return the URL of a file, with a part of its hash."""
        return f"/static/{name}?v={self._hashes[name].removeprefix('sha384-')[:12].translate(_PLAIN)}"

    def integrity(self, name: str) -> str:
        return self._hashes[name]

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file. Browsers may keep it for a year if the query has a hash (`v=`)."""

        async def kept(message: Message) -> None:
            if (
                message["type"] == "http.response.start"
                and message["status"] == 200
                and b"v=" in scope["query_string"]
            ):
                message["headers"].append((b"cache-control", YEAR.encode()))
            await send(message)

        await self._files(scope, receive, kept)


_PLAIN = str.maketrans("+/", "-_")
