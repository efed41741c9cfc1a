"""Pages that come from the code say what the code says, and every setting that must be given is explained."""

import re
from pathlib import Path

import pytest

from mailtide_devkit.generate import tables
from mailtide_devkit.generate.docs import PAGES, SETTINGS, settings_class

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PAGES)
def test_generated_page_is_current(name: str) -> None:
    assert (ROOT / "docs/generated" / name).read_text("utf-8") == PAGES[name](), "run `make docs`"


async def test_the_page_of_tables_is_current(database_url: str) -> None:
    page = (ROOT / "docs/generated" / tables.NAME).read_text("utf-8")
    assert page == await tables.tables_page(database_url), "run `make docs`"


def test_every_required_setting_is_in_the_example() -> None:
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))
    required = {
        name.upper()
        for path in SETTINGS.values()
        for name, field in settings_class(path).model_fields.items()
        if field.is_required()
    }
    assert required - named == set()


def test_every_setting_is_described() -> None:
    fields = {
        name.upper(): field
        for path in SETTINGS.values()
        for name, field in settings_class(path).model_fields.items()
    }
    assert [name for name, field in fields.items() if not field.description] == []


def test_every_example_setting_exists() -> None:
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))
    known = {name.upper() for path in SETTINGS.values() for name in settings_class(path).model_fields}
    assert named <= known


def test_no_topic_name_is_written_outside_the_registry() -> None:
    """A name in prose is fine; a name in quotes is a second truth."""
    registry = ROOT / "libs/common/src/mailtide_common/contracts/topics.py"
    elsewhere = [
        path.relative_to(ROOT)
        for folder in ("libs", "services", "tools")
        for path in (ROOT / folder).glob("*/src/**/*.py")
        if path != registry and re.search(r"[\"']mail\.[a-z-]+\.v1[\"']", _code(path))
    ]
    types = {"events", "notification_headers"}  # their `type` headers look like names of topics
    assert [path for path in elsewhere if types.isdisjoint((path.stem, path.parent.name))] == []


def _code(path: Path) -> str:
    return path.read_text("utf-8")
