"""A real Prometheus that scrapes a stack."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import httpx

from mailtide_common.runtime.web.ports import PORTS
from mailtide_devkit.generate.dashboards.grafana import Query
from mailtide_devkit.local.ports import free_port
from mailtide_devkit.local.process import Process
from mailtide_devkit.local.waiting import LATE_SECONDS, LateError, until
from mailtide_devkit.stack.stack import Stack

SCRAPE_SECONDS = 1
RATE_INTERVAL = f"{4 * SCRAPE_SECONDS}s"
"""The value that Grafana would substitute for `$__rate_interval`."""


def queries_of(board: str) -> list[Query]:
    """The queries of a dashboard in Grafana's JSON."""
    return [
        Query(target["expr"], target["legendFormat"])
        for panel in json.loads(board)["panels"]
        for target in panel.get("targets", [])
    ]


class Prometheus:
    """Scrapes every service of a stack each second, and evaluates the alerts of Compose."""

    def __init__(self, program: Path, stack: Stack, folder: Path, alerts: Path) -> None:
        self._url = f"http://127.0.0.1:{free_port()}"
        self._config = folder / "prometheus.json"
        self._jobs = {name: stack.url(name).removeprefix("http://") for name in PORTS}
        self._alerts = alerts
        self._process = Process(
            "prometheus",
            [
                program,
                f"--config.file={self._config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={self._url.removeprefix('http://')}",
            ],
            log=folder / "prometheus.log",
        )
        self._client = httpx.AsyncClient(base_url=self._url)

    async def __aenter__(self) -> Self:
        """Start Prometheus, and wait until it has scraped every service."""
        config = {
            "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "evaluation_interval": f"{SCRAPE_SECONDS}s"},
            "rule_files": [str(self._alerts)],
            "scrape_configs": [
                {"job_name": name, "static_configs": [{"targets": [address]}]}
                for name, address in self._jobs.items()
            ],
        }
        self._config.write_text(json.dumps(config), "utf-8")  # JSON is YAML
        await self._process.start_until(self._ready, seconds=LATE_SECONDS, what="has scraped every service")
        return self

    async def __aexit__(self, *_: object) -> None:
        """End Prometheus."""
        await self._client.aclose()
        await self._process.terminate(10)

    async def ask(self, query: str) -> list[float]:
        """Return the present values of a dashboard's query."""
        answer = await self._client.get(
            "/api/v1/query", params={"query": query.replace("$__rate_interval", RATE_INTERVAL)}
        )
        answer.raise_for_status()
        found = answer.json()
        assert found["status"] == "success", found
        return [float(each["value"][1]) for each in found["data"]["result"]]

    async def without_data(self, queries: Iterable[str], *, seconds: float) -> set[str]:
        """Return those of the queries that had no result within `seconds`."""
        left = set(queries)

        async def none_left() -> bool:
            for query in tuple(left):
                if await self.ask(query):
                    left.discard(query)
            return not left

        try:
            await until(none_left, seconds=seconds, what="every query has a result", every=SCRAPE_SECONDS / 2)
        except LateError:
            return left
        return set()

    async def _ready(self) -> bool:
        try:
            return len(await self.ask("up == 1")) == len(self._jobs)
        except httpx.HTTPError:  # it is starting: the port is closed, or every answer is 503
            return False
