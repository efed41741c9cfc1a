"""Reasons why a request is refused: in terms of JSON, with limits and units, without the value."""

import pytest
from pydantic import BaseModel, ValidationError

from mailtide_common.contracts.api.channels import ChannelSettings, Silence
from mailtide_common.contracts.api.dead_letters import Discard, Redrive
from mailtide_common.contracts.api.rules import RuleSettings
from mailtide_common.contracts.validation.invalid_fields import reasons

SECRET = "s3cret"


@pytest.mark.parametrize(
    ("model", "body", "expected"),
    [
        (Discard, {"error_class": "x"}, "note: missing"),
        (Discard, {"error_class": "x", "note": ""}, "note: must not be empty"),
        (Discard, {"error_class": "x", "note": " "}, "note: must contain a visible character"),
        (Discard, {"error_class": "x", "note": SECRET * 100}, "note: must have at most 500 characters"),
        (Redrive, {"ids": []}, "ids: must not be empty"),
        (Redrive, {"ids": ["0" * 32, SECRET]}, "ids: must be a UUID"),
        (Redrive, {"ids": SECRET}, "ids: must be an array"),
        (Redrive, {"ids": [f"{at:032x}" for at in range(1_001)]}, "ids: must have at most 1000 items"),
        (Redrive, {"error_class": "x", "limit": 0}, "limit: must be at least 1"),
        (Redrive, {"error_class": "x", "limit": 1_001}, "limit: must be at most 1000"),
        (Redrive, {"error_class": "x", "limit": 1.5}, "limit: must be a whole number"),
        (Redrive, {"error_class": "x", "limit": "9" * 5_000}, "limit: has too many digits"),
        (Redrive, {"error_class": "x", "Limit": 1}, "Limit: is unknown here"),
        (Redrive, {"error_class": "\ud800"}, "error_class: must not contain lone surrogates"),
        (Redrive, {"error_class": 1}, "error_class: must be a string"),
        (Silence, {"until": SECRET}, "until: must be a date and time such as 2026-12-01T08:00:00Z"),
        (ChannelSettings, {"name": "n", "url": SECRET * 400}, "url: must have at most 2048 characters"),
        (ChannelSettings, {"name": "n", "enabled": SECRET}, "enabled: must be true or false"),
        (ChannelSettings, {"name": "n", "quiet": SECRET}, "quiet: must be an object"),
        (
            ChannelSettings,
            {"name": "n", "quiet": {"from": SECRET, "until": "07:00"}},
            "quiet.from: must be a time such as 08:00",
        ),
        (
            RuleSettings,
            {"name": "n", "channels": [], "conditions": {"senders": [""]}},
            "conditions.senders: must not be empty",
        ),
    ],
)
def test_a_reason_names_the_field_and_the_rule(
    model: type[BaseModel], body: dict[str, object], expected: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(body)
    assert reasons(refused.value) == expected
