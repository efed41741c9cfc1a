"""Every answer becomes an object, or a `NylasError` whose class says how to react."""

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_nylas.decoding.parsing import (
    MAX_RETRY_AFTER_SECONDS,
    error_of,
    read_answer,
    retry_after_seconds,
)
from mailtide_nylas.decoding.wire_json import altered_fields, parse_json
from mailtide_nylas.errors import (
    NylasError,
    NylasNotFoundError,
    NylasPermanentError,
    NylasThrottledError,
    NylasTransientError,
    NylasUnauthorizedError,
)
from mailtide_nylas.models import Folder, Grant, Webhook, WebhookWithSecret

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


CLEAN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
ANY = st.text("a\x00\ud800\udfff\U0001f600", max_size=4)


@given(st.recursive(st.none() | st.booleans() | st.integers() | CLEAN, st.lists, max_leaves=20))
def test_json_is_read_as_the_standard_library_writes_it(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@given(
    st.recursive(
        ANY,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY | st.just("id"), inner, max_size=3),
    )
)
def test_every_text_that_is_read_is_storable(value: Any) -> None:
    read = parse_json(json.dumps(value).encode())
    text = json.dumps(read, ensure_ascii=False)
    assert "\\u0000" not in text
    text.encode()


def test_an_object_says_which_of_its_fields_were_altered() -> None:
    odd = parse_json(b'{"data":[{"subject":"\\u0000","to":[{"name":"\\ud800"}],"id":"1"},{"id":"2"}]}')
    assert [altered_fields(item) for item in odd["data"]] == [{"subject", "to"}, frozenset()]
    assert altered_fields(parse_json(b'{"a":"\xff","b":"\xc3\xa4"}')) == {"a"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a":"\\ud800"}', {"a": "\ufffd"}),
        (b'{"a":"\xff"}', {"a": "\ufffd"}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":"x\\u0000y"}', {"a": "xy"}),
        (b'{"id":"x\\u0000y","folders":["\\u0000"]}', {"id": "x\ufffdy", "folders": ["\ufffd"]}),
        (b'{"a\\u0000":1,"b":2}', {"b": 2}),
        (b'{"a":1,"a":2}', {"a": 2}),
    ],
)
def test_what_strict_readers_refuse_is_read(body: bytes, expected: Any) -> None:
    assert parse_json(body) == expected


def test_numbers_without_end_are_read() -> None:
    assert math.isnan(parse_json(b'[NaN, "\\ud800"]')[0])
    assert parse_json(b'["\\ud800", ' + b"9" * 5_000 + b"]")[1] == math.inf


def test_deep_nesting_is_no_crash() -> None:
    with pytest.raises(NylasTransientError):
        read_answer("GET /x", 200, {}, b"[" * 200_000)


@given(st.integers(100, 599), st.binary(max_size=200) | st.text(max_size=50).map(str.encode))
def test_any_answer_is_an_object_or_an_error(status: int, body: bytes) -> None:
    try:
        assert isinstance(read_answer("GET /x", status, {}, body), dict)
    except NylasError as error:
        assert error.status == status  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"<html>maintenance</html>", NylasTransientError),
        (200, b"", NylasTransientError),
        (200, b"[]", NylasTransientError),
        (302, b"{}", NylasTransientError),
        (400, b'{"error":{"type":"invalid_request_error"}}', NylasPermanentError),
        (401, b"<html>", NylasUnauthorizedError),
        (401, b'{"error":{"type":"unauthorized"}}', NylasUnauthorizedError),
        (403, b'{"type":"insufficient_scopes"}', NylasPermanentError),
        (404, b'{"error":{"type":"not_found_error"}}', NylasNotFoundError),
        (404, b"<html>not ours</html>", NylasTransientError),
        (408, b"{}", NylasTransientError),
        (423, b"{}", NylasPermanentError),
        (500, b"{}", NylasTransientError),
        (502, b"", NylasTransientError),
        (504, b"<html>", NylasTransientError),
    ],
)
def test_an_answer_says_what_to_do(status: int, body: bytes, expected: type[NylasError]) -> None:
    with pytest.raises(NylasError) as caught:
        read_answer("GET /x", status, {}, body)
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("error", "scope"),
    [
        ({"type": "nylas_rate_limit_exceeded"}, "nylas"),
        ({"type": "api.rate_limit_error"}, "provider"),
        ({"type": "whatever", "provider_error": {"code": "X"}}, "provider"),
        ({}, "nylas"),
    ],
)
def test_both_kinds_of_throttling_are_told_apart(error: dict[str, Any], scope: str) -> None:
    throttled = error_of("GET /x", 429, {"retry-after": "7"}, {"error": error})
    assert isinstance(throttled, NylasThrottledError)
    assert (throttled.scope, throttled.retry_after_seconds) == (scope, 7.0)


def test_the_oauth_form_of_errors_is_understood() -> None:
    error = error_of("POST /x", 400, {}, {"error": "invalid_grant", "error_code": 45004})
    assert error.error_type == "invalid_grant"


def test_a_message_holds_no_more_than_it_may() -> None:
    answer = {
        "request_id": "r-1",
        "error": {
            "type": "not_found_error\nfake",
            "message": "canary@example.com",
            "provider_error": {"m": "canary"},
        },
    }
    text = str(error_of("GET /v3/grants/{grant_id}", 404, {}, answer))
    assert text == "GET /v3/grants/{grant_id} not found status=404 type=not_found_error?fake request_id=r-1"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        (" 12 ", 12.0),
        ("1.5", 1.5),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("soon", None),
        ("99999999999999999999", MAX_RETRY_AFTER_SECONDS),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("Wed, 24 Nov 2027 12:00:00 GMT", MAX_RETRY_AFTER_SECONDS),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, now=NOW) == seconds


@given(st.text(max_size=60))
def test_retry_after_never_raises(header: str) -> None:
    seconds = retry_after_seconds(header, now=NOW)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER_SECONDS


def test_sloppy_fields_are_unknown_not_fatal() -> None:
    grant = Grant.model_validate({"id": "g", "email": 7, "grant_status": ["invalid"], "new": 1})
    assert (grant.email, grant.grant_status, grant.is_valid) == (None, None, True)
    assert Folder.model_validate({"id": "f", "attributes": None}).attributes is None
    assert Webhook.model_validate({"id": "w", "trigger_types": "x"}).trigger_types == ()
    webhook = Webhook.model_validate({"id": "w", "trigger_types": ["a", None], "compressed_delivery": "x"})
    assert (webhook.trigger_types, webhook.compressed_delivery) == (("a",), None)


def test_a_secret_is_never_shown() -> None:
    webhook = WebhookWithSecret.model_validate({"id": "w", "webhook_secret": "canary"})
    assert "canary" not in repr(webhook)
