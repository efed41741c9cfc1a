"""What images are built from agrees with the code. Needs no engine."""

import re
from pathlib import Path

import pytest

from mailtide_common.runtime.healthcheck import PORTS
from mailtide_devkit.docs import SETTINGS, settings_class

ROOT = Path(__file__).parents[2]
EXPORTS = sorted((ROOT / "deploy/docker/requirements").glob("*.txt"))
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    return dict(PIN.findall(path.read_text("utf-8")))


@pytest.mark.parametrize("command", SETTINGS)
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


def test_the_ingress_is_built_without_a_postgres_driver() -> None:
    assert (
        not {"asyncpg", "sqlalchemy", "alembic"}
        & pins(ROOT / "deploy/docker/requirements/ingress.txt").keys()
    )
