"""docker-compose.yml agrees with the code; `make test-containers` runs it."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic import BaseModel

from mailtide_common.runtime.settings import KafkaSettings, NylasSettings, PostgresSettings, TracingSettings
from mailtide_common.runtime.stopping import GRACE_SECONDS
from mailtide_common.runtime.web.ports import PORTS

from .manifests import ROOT
from .mistakes import MISTAKES, Mistake, change
from .policy import IMAGE
from .readers import SERVICES, OperatorEverything, image_of, placeholder, reads, unfit

Compose = dict[str, Any]

VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
FIXED = re.compile(r"(KAFKA|MAILTIDE_(HOST|PORT|SCHEDULER_URL|NOTIFIER_URL))")
"""Settings that the file itself sets, because they point to its own containers."""

NETWORKS = {KafkaSettings: "bus", PostgresSettings: "data", NylasSettings: "outside"}
"""The network that a service must be in, by the settings that say what it connects to."""


def compose() -> Compose:
    """The file with its values without a `.env`; those that a `.env` must set have a placeholder."""

    def value(found: re.Match[str]) -> str:
        return found[3] if found[2] == "-" else placeholder(found[1])

    text = (ROOT / "docker-compose.yml").read_text("utf-8").replace("$$", "$")
    loaded: Compose = yaml.safe_load(VARIABLE.sub(value, text))
    return loaded


def problems(file: Compose) -> list[str]:
    found = [f"{name} is not there" for name in SERVICES if name not in file["services"]]
    found += _console_login(file["services"])
    for name, service in file["services"].items():
        image = service["image"]
        if not IMAGE.fullmatch(image):
            found.append(f"{name}: image {image} names no version")
        part = image_of(image)
        if part is not None:
            found += [f"{name}: {problem}" for problem in _ours(name, part, service)]
    return found


def _console_login(services: Compose) -> list[str]:
    """The console logs in as a role of its own, which console-login.sql makes before it starts."""
    console, maker = services["console"], services["console-login"]
    found = []
    login, others = (
        urlsplit(services[name]["environment"]["DATABASE_URL"]) for name in ("console", "scheduler")
    )
    if login.username != "mailtide_console" or login.password == others.password:
        found.append(f"console: logs in as {login.username}, with the password of others")
    if login.password != maker["environment"]["CONSOLE_POSTGRES_PASSWORD"]:
        found.append("console: its password is not the one that console-login sets")
    script = "deploy/docker/console-login.sql"
    if maker["volumes"] != [f"./{script}:{maker['entrypoint'][-1]}:ro"] or not (ROOT / script).is_file():
        found.append(f"console-login: does not run {script}")
    for name, service, first in (("console", console, "console-login"), ("console-login", maker, "migrate")):
        if service["depends_on"].get(first) != {"condition": "service_completed_successfully"}:
            found.append(f"{name}: does not wait for {first}")
    return found


def _ours(name: str, part: str, service: Compose) -> list[str]:
    found = []
    for key, wanted in (("read_only", True), ("cap_drop", ["ALL"]), ("init", True)):
        if service.get(key) != wanted:
            found.append(f"{key} is {service.get(key)}")
    if not service.get("mem_limit"):
        found.append("memory without a limit")
    if part == "devkit":
        return found
    words = service.get("command", [])
    try:
        cls = OperatorEverything if name == "cli" else reads(part, words)
    except ValueError as error:
        return [*found, str(error)]
    assert cls is not None
    given = {
        key: str(value).lower() if value is True else str(value or "")  # what is empty reads as null here
        for key, value in service["environment"].items()
    }
    found += _other_settings(cls, given, all_wanted=part in SERVICES)
    found += [problem for problem in [unfit(cls, given)] if problem]
    needed = {network for base, network in NETWORKS.items() if issubclass(cls, base)}
    extra = set(service["networks"]) - needed
    if needed - set(service["networks"]) or extra & {"bus", "data"}:
        found.append(f"is in {sorted(service['networks'])}, needs {sorted(needed)}")
    for published in service.get("ports", []):
        if not published.endswith(f":{PORTS[part]}"):
            found.append(f"listens on {PORTS[part]}, not as {published}")
    grace = int(service.get("stop_grace_period", "10s").removesuffix("s"))
    if part in SERVICES and grace != GRACE_SECONDS:
        found.append(f"its grace period is not {GRACE_SECONDS} s")
    return found


def _other_settings(cls: type[BaseModel], given: Compose, *, all_wanted: bool) -> list[str]:
    known = {field.upper() for field in cls.model_fields}
    if issubclass(cls, TracingSettings):
        known |= {"OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"}  # read by OpenTelemetry itself
    missing = {key for key in known - given.keys() if all_wanted and not FIXED.match(key)}
    return [f"{key} is no setting of it" for key in sorted(given.keys() - known)] + [
        f"{key} in .env has no effect" for key in sorted(missing)
    ]


def test_the_file_agrees_with_the_code() -> None:
    assert problems(compose()) == []


@pytest.mark.parametrize("mistake", [each for each in MISTAKES if each.check == "compose"], ids=str)
def test_a_mistake_is_caught(mistake: Mistake) -> None:
    file = json.loads(json.dumps(compose()))  # the file shares values between services, the copy does not
    change(file["services"], str(mistake.path), mistake)
    found = problems(file)
    assert any(mistake.error in each for each in found), found
