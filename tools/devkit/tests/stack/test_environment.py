"""What processes are given, and what of the environment is ignored."""

from pathlib import Path
from typing import Any

import pytest

from mailtide_devkit.generate.docs import SETTINGS, settings_class
from mailtide_devkit.local.kafka import Kafka
from mailtide_devkit.local.postgres import Postgres
from mailtide_devkit.stack.environment import of_service, without_settings
from mailtide_devkit.stack.stack import Stack, StackOptions


def test_the_ingress_cannot_reach_the_database() -> None:
    shared = {"DATABASE_URL": "postgresql://", "SECRET_KEY": "k"}
    assert "DATABASE_URL" not in of_service("ingress", shared, 1, "127.0.0.1")
    assert of_service("persister", shared, 1, "127.0.0.1")["DATABASE_URL"] == "postgresql://"


def test_without_settings_nothing_of_the_environment_is_used(tmp_path: Path) -> None:
    """A demo writes into no database but its own."""
    given = dict.fromkeys(all_fields(), "theirs") | {"PATH": "/bin"}
    assert without_settings(given) == {"PATH": "/bin"}
    theirs = {
        "DATABASE_URL": "postgresql://a@b/c",
        "KAFKA_BOOTSTRAP_SERVERS": "b:9",
        "NYLAS_API_URI": "http://n",
    }
    used = Stack(StackOptions(root=tmp_path, environment=theirs))
    assert (used.database_url, used.nylas_api_uri) == (theirs["DATABASE_URL"], theirs["NYLAS_API_URI"])
    own = Stack(StackOptions(root=tmp_path, environment=without_settings(theirs)))
    assert isinstance(own.postgres, Postgres)
    assert isinstance(own.kafka, Kafka)
    assert own.simulator is not None


def test_a_shell_gets_every_setting_that_the_stack_was_given(tmp_path: Path) -> None:
    """`mailtide migrate` in that shell would else use another schema than the services."""
    given = {
        "MAILTIDE_SCHEMA": "mail",
        "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        "CONNECT_SECRET": "c",
        "HOME": "/",
    }
    stack = Stack(StackOptions(root=tmp_path, environment=given))
    del given["HOME"]
    assert stack.settings.items() >= given.items()
    assert "HOME" not in stack.settings


def test_a_slash_after_the_public_url_does_not_change_the_callback_uri(tmp_path: Path) -> None:
    stack = Stack(StackOptions(root=tmp_path, environment={"PUBLIC_URL": "https://mail.example.com/"}))
    assert stack.public_url == "https://mail.example.com"


@pytest.mark.parametrize("where", ["environment", "env", "own_env"])
async def test_a_stack_without_a_destination_does_not_wait_for_one(where: str, tmp_path: Path) -> None:
    """Its simulator is not started, so that a wait would fail."""
    unmanaged = {"MAILTIDE_MANAGE_WEBHOOKS": "no"}
    given: dict[str, Any] = {
        "environment": {},
        where: {"scheduler": unmanaged} if where == "own_env" else unmanaged,
    }
    stack = Stack(StackOptions(root=tmp_path, services={"ingress": 1, "scheduler": 1}, **given))
    await stack._await_webhook()  # noqa: SLF001 - it ends an entry that takes 10 s


def all_fields() -> set[str]:
    return {name.upper() for path in SETTINGS.values() for name in settings_class(path).model_fields}
