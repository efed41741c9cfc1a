"""The README agrees with the code, and its examples run as they stand there."""

import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from starlette.routing import Route

from mailtide_nylas_simulator.app import create_app
from mailtide_nylas_simulator.faults.switches import KINDS
from mailtide_nylas_simulator.testing.process import SimulatorProcess
from mailtide_nylas_simulator.world import World

from .sdk_support import run

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
ROWS = [line.split(" | ") for line in README.partition("## Layout")[0].splitlines() if line.startswith("| `")]


@pytest.fixture
def fresh() -> Iterator[SimulatorProcess]:
    with SimulatorProcess.start() as running:
        yield running


def listed(paths: Iterable[str]) -> list[tuple[str, str]]:
    """The pairs of method and path that rows of tables name, such as "`GET` `PUT /v3/webhooks/{id}`"."""
    found = []
    for cell in paths:
        words = cell.replace("`", "").removeprefix("| ").split()
        found += [(method, words[-1]) for method in words[:-1]]
    return sorted(found)


def test_every_route_is_listed() -> None:
    routes = [route for route in create_app(World("client", "key", 1)).routes if isinstance(route, Route)]
    answered = [
        (method, re.sub(r":\w+}", "}", route.path)) for route in routes for method in route.methods or ()
    ]
    named = listed(row[0] for row in ROWS if "/" in row[0])
    assert named == sorted(pair for pair in answered if pair[0] != "HEAD")


def test_every_fault_is_explained() -> None:
    explained = {row[0].strip("| `"): row[1].removesuffix(" |") for row in ROWS if "/" not in row[0]}
    assert explained == KINDS


def examples(language: str, url: str) -> list[str]:
    return [
        text.replace("http://127.0.0.1:8090", url)
        for text in re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    ]


@pytest.mark.sdk
async def test_the_python_examples_run(fresh: SimulatorProcess) -> None:
    listing, whole_test = examples("python", fresh.url)
    assert len((await run(sys.executable, "-c", listing, timeout=30)).splitlines()) == 3
    assert await run(sys.executable, "-c", whole_test, timeout=30) == b""


@pytest.mark.sdk
async def test_the_node_example_runs(fresh: SimulatorProcess, node: str) -> None:
    (listing,) = examples("js", fresh.url)
    assert len((await run(node, "--input-type=module", "-e", listing, timeout=30)).splitlines()) == 3


async def test_the_fault_example_runs(fresh: SimulatorProcess) -> None:
    (shell,) = examples("sh", fresh.url)
    bash, curl = shutil.which("bash"), shutil.which("curl")
    if bash is None or curl is None:
        pytest.skip("bash and curl are needed to run this example")
    assert b'"kind":"provider_rate_limit"' in await run(bash, "-c", shell, timeout=30)
