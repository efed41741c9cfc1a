"""Errors that aiokafka's admin client would hide."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.cluster import ClusterMetadata
from aiokafka.errors import GroupLoadInProgressError, NodeNotReadyError

from mailtide_common.runtime.kafka.admin import _AdminClient


async def test_offsets_that_a_coordinator_still_loads_are_not_absent_offsets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def loading(_self: object, _request: object, _node: int) -> Any:
        return SimpleNamespace(error_code=GroupLoadInProgressError.errno, topics=[])

    monkeypatch.setattr(AIOKafkaAdminClient, "_send_request", loading)
    admin = _AdminClient(bootstrap_servers="127.0.0.1:1")
    with pytest.raises(GroupLoadInProgressError):
        await admin.list_consumer_group_offsets("group", 0)


async def test_addresses_that_no_broker_can_be_reached_at_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(_self: object, _node: int) -> bool:
        return False

    def brokers(_self: object) -> list[Any]:
        return [SimpleNamespace(nodeId=1, host="kafka-1", port=9092)]

    monkeypatch.setattr(AIOKafkaClient, "ready", refused)
    monkeypatch.setattr(ClusterMetadata, "brokers", brokers)
    with pytest.raises(NodeNotReadyError, match="kafka-1:9092"):
        await _AdminClient(bootstrap_servers="127.0.0.1:1").list_topics()
