"""Reads the clock of Kafka's active controller without writing a record.

The response to DescribeQuorum states when each voter last caught up with the controller. For the controller
itself, this is the present time of its clock (seen on Kafka 4.3.1). Brokers forward the request to the
controller. aiokafka 0.14.0 does not define this request.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aiokafka.errors import IncompatibleBrokerVersion, KafkaError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields

from .admin import admin_client
from .brokers import Brokers


class ClockReading(NamedTuple):
    """A reading of a server's clock. All times are in microseconds since 1970.

    Attributes:
        asked: this host's time before the request.
        theirs: the server's time.
        answered: this host's time after the response.
    """

    asked: int
    theirs: int
    answered: int


_DESCRIBE_QUORUM = 55
_METADATA = "__cluster_metadata"
_TAGS = ("tags", TaggedFields)
_REPLICAS = CompactArray(
    ("id", Int32), ("log_end_offset", Int64), ("fetched_ms", Int64), ("caught_up_ms", Int64), _TAGS
)


class _Answer(Response):  # type: ignore[misc]  # aiokafka has no types
    API_KEY = _DESCRIBE_QUORUM
    API_VERSION = 1
    SCHEMA = Schema(
        ("error_code", Int16),
        (
            "topics",
            CompactArray(
                ("name", CompactString("utf-8")),
                (
                    "partitions",
                    CompactArray(
                        ("index", Int32),
                        ("error_code", Int16),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("high_watermark", Int64),
                        ("voters", _REPLICAS),
                        ("observers", _REPLICAS),
                        _TAGS,
                    ),
                ),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _Question(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = _DESCRIBE_QUORUM
    API_VERSION = 1
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("name", CompactString("utf-8")), ("partitions", CompactArray(("index", Int32), _TAGS)), _TAGS
            ),
        ),
        _TAGS,
    )


class _DescribeQuorum(Request[_Question]):  # type: ignore[misc]
    API_KEY = _DESCRIBE_QUORUM

    def prepare(self, versions: Mapping[int, tuple[int, int]]) -> _Question:
        """Return the request in version 1, which is the first whose response contains times.

        Raises:
            IncompatibleBrokerVersion: the broker does not support version 1.
        """
        least, most = versions.get(self.API_KEY, (0, 0))
        if not least <= _Question.API_VERSION <= most:
            raise IncompatibleBrokerVersion("the broker does not support version 1 of DescribeQuorum")
        return self.build(_Question)

    def build(self, request_struct_class: type[_Question]) -> _Question:
        return request_struct_class([(_METADATA, [(0, {})], {})], {})


async def read_controller_clock(brokers: Brokers, clock: Callable[[], int]) -> ClockReading | None:
    """Read the clock of the active controller, to the millisecond.

    Return None if the answer has no time: the brokers are older than 3.3 or use ZooKeeper, or the login lacks
    Describe on the cluster.

    Args:
        brokers: the brokers to connect to.
        clock: returns this host's time in microseconds since 1970.

    Raises:
        TransientError: Kafka is unavailable or refuses a request.
    """
    try:
        async with admin_client(brokers) as admin:
            asked = clock()
            answer: Any = await admin._send_request(_DescribeQuorum())  # noqa: SLF001 - see above
            answered = clock()
    except IncompatibleBrokerVersion:
        return None
    except (KafkaError, OSError) as error:
        raise brokers.failure(error) from error
    for topic in answer.to_object()["topics"]:
        for partition in topic["partitions"]:
            for voter in partition["voters"]:
                if voter["id"] == partition["leader"]:
                    return ClockReading(asked, voter["caught_up_ms"] * 1_000, answered)
    return None
