"""Faults keep to their scope and repeat under a seed."""

import random

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
