"""The inputs of the images agree with the code. No container engine is required."""

import re
import tomllib
from pathlib import Path

import pytest

from mailtide_common.runtime.web.ports import PORTS
from mailtide_devkit.generate.docs import SETTINGS, settings_class

ROOT = Path(__file__).parents[2]
EXPORTS = sorted((ROOT / "deploy/docker/requirements").glob("*.txt"))
MEMBERS = {
    project["name"]: project
    for path in ROOT.glob("*/*/pyproject.toml")
    for project in [tomllib.loads(path.read_text("utf-8"))["project"]]
}
SERVICES = [command for command in SETTINGS if command != "mailtide"]
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    return dict(PIN.findall(path.read_text("utf-8")))


@pytest.mark.parametrize("command", SERVICES)
def test_healthcheck_asks_the_port_of_the_settings(command: str) -> None:
    default = settings_class(SETTINGS[command]).model_fields["mailtide_port"].default
    assert PORTS[command.removeprefix("mailtide-")] == default


@pytest.mark.parametrize("export", EXPORTS, ids=lambda path: path.stem)
def test_locked_requirements_are_those_of_the_tests(export: Path) -> None:
    locked = pins(export)
    assert locked
    assert locked.items() <= pins(ROOT / "requirements-dev.txt").items(), "run `make lock`"


@pytest.mark.parametrize("export", EXPORTS, ids=lambda path: path.stem)
def test_every_requirement_has_hashes_and_no_index(export: Path) -> None:
    text = export.read_text("utf-8")
    assert text.count("\n    --hash=") >= len(pins(export))
    assert "://" not in text


@pytest.mark.parametrize(
    "export", [path for path in EXPORTS if path.stem != "build"], ids=lambda path: path.stem
)
def test_locked_requirements_hold_all_that_the_member_names(export: Path) -> None:
    """Otherwise the build of the image fails."""
    member = "mailtide" if export.stem == "cli" else f"mailtide-{export.stem}"
    assert named(member) <= pins(export).keys(), "run `make lock`"


def named(member: str, extras: frozenset[str] = frozenset()) -> set[str]:
    """Return the dependencies of a member of the workspace, with those of the members that it depends on."""
    project = MEMBERS[member]
    wanted = [*project["dependencies"]]
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    found: set[str] = set()
    for line in wanted:
        name, its_extras = re.match(r"([\w-]+)(?:\[([\w,-]+)\])?", line).groups()  # type: ignore[union-attr]
        found |= named(name, frozenset((its_extras or "").split(",")) - {""}) if name in MEMBERS else {name}
    return found


def test_the_ingress_is_built_without_a_postgres_driver() -> None:
    assert "asyncpg" not in pins(ROOT / "deploy/docker/requirements/ingress.txt")
