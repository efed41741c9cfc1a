"""Faults keep to their scope and repeat under a seed."""

import random
import re
from typing import Any

import pytest

from mailtide_nylas_simulator.faults.switches import FaultBook
from mailtide_nylas_simulator.responses import ApiError


def test_faults_keep_to_their_scope() -> None:
    faults = FaultBook(random.Random(3))
    faults.add({"kind": "not_found", "grant": "g", "path": "*/messages/*", "remaining": 1})
    assert faults.strike("not_found", grant="h", path="/v3/grants/h/messages/1") is None
    assert faults.strike("not_found", grant="g", path="/v3/grants/g/messages") is None
    assert faults.strike("not_found", grant="g", path="/v3/grants/g/messages/1") is not None
    assert faults.strike("not_found", grant="g", path="/v3/grants/g/messages/1") is None
    with pytest.raises(ApiError):
        faults.add({"kind": "no-such"})


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"kind": "latency", "second": 5}, "the fault latency has no setting second; it has seconds, probab"),
        ({"kind": "latency", "seconds": "5"}, "seconds of the fault latency must be a number, 0 or more"),
        (
            {"kind": "latency", "seconds": float("nan")},
            "seconds of the fault latency must be a number, 0 or more",
        ),
        ({"kind": "html", "status": 42}, "status of the fault html must be a number from 200 to 599"),
        (
            {"kind": "drop", "path": "*"},
            "the fault drop has no setting path; it has probability, remaining, tr",
        ),
        ({"kind": "latency", "trigger": "message.*"}, "the fault latency has no setting trigger"),
        ({"kind": "oauth_denied", "grant": "g"}, "the fault oauth_denied has no setting grant"),
        ({"kind": "drop", "remaining": True}, "remaining of the fault drop must be a whole number"),
        ({"kind": "drop", "probability": 30}, "probability of the fault drop must be a number from 0 to 1"),
        ({"kind": "truncate", "omit": "yes"}, "omit of the fault truncate must be true or false"),
        ({"kind": "drop", "grant": 1}, "grant of the fault drop must be a string"),
        ({"kind": "broken_message"}, "the fault broken_message requires id"),
        (
            {"kind": "broken_message", "id": "m", "how": "nestd"},
            "how of the fault broken_message must be one of",
        ),
        ({"kind": "drop", "options": [1]}, "options must be an object"),
        ({"kind": ["drop"]}, "unknown kind of fault"),
    ],
)
def test_a_fault_that_would_never_strike_or_fail_later_is_refused(wanted: dict[str, Any], said: str) -> None:
    with pytest.raises(ApiError, match=re.escape(said)):
        FaultBook(random.Random(1)).add(wanted)


def test_settings_may_be_null_or_in_an_object() -> None:
    faults = FaultBook(random.Random(1))
    fault = faults.add({"kind": "drop", "path": None, "probability": None, "options": None})
    assert (fault.path, fault.probability, fault.options) == (None, 1, {})
    assert faults.add({"kind": "delay", "options": {"seconds": 2}}).number("seconds", 1) == 2


def test_a_crowd_below_the_limit_uses_no_strike_up() -> None:
    faults = FaultBook(random.Random(3))
    faults.add({"kind": "concurrency", "limit": 2, "remaining": 1})
    assert faults.strike("concurrency", grant="g", running=2) is None
    assert faults.strike("concurrency", grant="g", running=3) is not None
    assert faults.strike("concurrency", grant="g", running=3) is None


def test_faults_are_drawn_from_the_seed() -> None:
    def pattern(seed: int) -> list[bool]:
        faults = FaultBook(random.Random(seed))
        faults.add({"kind": "drop", "probability": 0.5})
        return [faults.strike("drop", grant="g") is not None for _ in range(60)]

    assert pattern(1) == pattern(1) != pattern(2)
    assert 10 < sum(pattern(1)) < 50
