"""A destination is judged as Nylas does it."""

import random

from mailtide_nylas_simulator.webhooks.destinations import DestinationBook


def test_health_follows_the_share_of_failures() -> None:
    now = 1000.0
    destinations = DestinationBook(random.Random(2), lambda: now)
    destination = destinations.add("http://127.0.0.1:1/", ["message.created"])
    for _ in range(19):
        destinations.record(destination, good=False)
    destinations.record(destination, good=True)
    now += 900
    destinations.judge_all()
    assert destination.status == "failing"
    destinations.record(destination, good=True)
    assert destination.status == "active"
    destinations.record(destination, good=False)
    destinations.record(destination, good=False)
    now += 72 * 3600
    destinations.judge_all()
    assert destination.status == "active", "half of them were good"
