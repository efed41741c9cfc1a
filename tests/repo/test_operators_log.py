"""The APIs of operators record every change, and no secret."""

from collections.abc import Iterator
from typing import get_args

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, SecretStr

import mailtide_notifier.api.routes
import mailtide_scheduler.api.routes
from mailtide_common.runtime.operators.recorded_route import LEFT_OUT, READING, RecordedRoute

TOKEN = SecretStr("token")
APIS = {
    "scheduler": mailtide_scheduler.api.routes.create_api(TOKEN, TOKEN),
    "notifier": mailtide_notifier.api.routes.create_api(TOKEN),
}


def changes(app: FastAPI) -> Iterator[tuple[str, APIRoute]]:
    for context in iter_route_contexts(app.routes):
        route, path = context.original_route, context.path or ""
        if isinstance(route, APIRoute) and not READING.issuperset(route.methods or ()):
            yield path, route


@pytest.mark.parametrize("api", APIS)
def test_every_change_is_recorded_except_cron_calls(api: str) -> None:
    found = dict(changes(APIS[api]))
    assert len(found) >= 8
    unrecorded = {path for path, route in found.items() if not isinstance(route, RecordedRoute)}
    assert {path for path in unrecorded if "/cron/" not in path} == set()


def has_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(map(has_secret, get_args(annotation)))


def test_secrets_are_left_out() -> None:
    secrets = set()
    for app in APIS.values():
        for _, route in changes(app):
            model = route.body_field.field_info.annotation if route.body_field else None
            if isinstance(model, type) and issubclass(model, BaseModel):
                secrets |= {
                    name for name, field in model.model_fields.items() if has_secret(field.annotation)
                }
    assert secrets
    assert secrets <= LEFT_OUT
