"""Which settings a container reads, by its image and its command, which is parsed by the program's own parser."""

import contextlib
import io
import os
import re
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any
from unittest import mock

import typer.main
from pydantic import ValidationError
from typer.core import TyperGroup

from mailtide.__main__ import app as operator_app
from mailtide.scheduler import OperatorSettings
from mailtide_common.runtime.settings import KafkaSettings, PostgresSettings, Settings, describe
from mailtide_devkit.generate.docs import SETTINGS, settings_class
from mailtide_persister.settings import PersisterSettings
from mailtide_scheduler.__main__ import _parser as scheduler_parser
from mailtide_scheduler.settings import TickSettings

OURS = re.compile(r"(?:.*/)?mailtide/([a-z-]+):[\w.-]+")
SERVICES = tuple(command.removeprefix("mailtide-") for command in SETTINGS if command != "mailtide")


class OperatorEverything(PersisterSettings, OperatorSettings):
    """Settings of the operator's container, for every command of `mailtide`."""


ONE_SHOTS: dict[str, type[Settings]] = {"topics": KafkaSettings, "migrate": PostgresSettings}


FITTING = {
    "DATABASE_URL": "postgresql://user:password@host:5432/database",
    "PUBLIC_URL": "https://mail.example.com",
}


def image_of(image: str) -> str | None:
    """Return the part of Mailtide that an image contains; None for other images."""
    found = OURS.fullmatch(image)
    return found[1] if found else None


def reads(part: str, words: Sequence[str]) -> type[Settings] | None:
    """Return the settings that a part of Mailtide reads when it is started with these arguments.

    Raises:
        ValueError: its own parser refuses them.
    """
    if part == "devkit":
        _check_devkit(words)
        return None
    if part == "cli":
        if list(words) == ["sleep", "infinity"]:
            return OperatorEverything
        _check_operator(words)
        return ONE_SHOTS.get(words[0], OperatorEverything)
    if part not in SERVICES:
        raise ValueError(f"Mailtide has no image {part}")
    if part == "scheduler":
        options = _parsed(lambda: scheduler_parser().parse_args(list(words)))
        return TickSettings if options.command == "tick" else settings_class(SETTINGS["mailtide-scheduler"])
    if words:
        raise ValueError(f"{part} takes no arguments, but has {list(words)}")
    return settings_class(SETTINGS[f"mailtide-{part}"])


def unfit(cls: type[Settings], given: dict[str, str]) -> str | None:
    """Return why the process would refuse its environment; None if it would not. Files do not have to exist."""
    environment = {name: value for name, value in given.items() if not name.endswith("_FILE")}
    with mock.patch.dict(os.environ, environment, clear=True):
        try:
            cls()
        except ValidationError as error:
            return describe(error)
    return None


def is_secret(field: str) -> bool:
    """Return whether a setting must not be in a ConfigMap."""
    for path in SETTINGS.values():
        found = settings_class(path).model_fields.get(field)
        if found is not None and "SecretStr" in str(found.annotation):
            return True
    return False


def all_fields() -> set[str]:
    """Return the names of all variables that services read."""
    return {name.upper() for path in SETTINGS.values() for name in settings_class(path).model_fields}


def placeholder(name: str) -> str:
    """Return a valid value for a setting that only operators know."""
    return FITTING.get(name, f"a-secret-of-good-length-for-{name.lower()}")


def _check_operator(words: Sequence[str]) -> None:
    command: Any = typer.main.get_command(operator_app)
    rest = list(words)
    while isinstance(command, TyperGroup):
        found = command.get_command(typer.Context(command, resilient_parsing=True), rest[0]) if rest else None
        if found is None:
            raise ValueError(f"mailtide has no command {' '.join(words)}")
        command = found
        rest.pop(0)
    _parsed(lambda: command.make_context("mailtide", rest, resilient_parsing=False))


def _check_devkit(words: Sequence[str]) -> None:
    if list(words[:2]) != ["python", "-m"] or find_spec(words[2]) is None:
        raise ValueError(f"the devkit has no command {' '.join(words[:3])}")


def _parsed(parse: Any) -> Any:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stderr(printed):
            return parse()
    except SystemExit:
        raise ValueError(printed.getvalue().strip().splitlines()[-1]) from None
    except Exception as error:
        raise ValueError(str(error)) from error
