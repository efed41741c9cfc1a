"""The reason of a refused request, and the privilege that it asks for."""

import pytest

from mailtide_common.runtime.kafka.refusals import refusal


@pytest.mark.parametrize(
    ("code", "message", "reason"),
    [
        (29, None, "TopicAuthorizationFailedError; grant this login Create"),
        (31, "denied", "ClusterAuthorizationFailedError: denied; grant this login Create"),
        (38, "Replication factor: 3 larger", "InvalidReplicationFactorError: Replication factor: 3 larger"),
        (44, "", "PolicyViolationError"),
    ],
)
def test_only_a_missing_privilege_is_asked_for(code: int, message: str | None, reason: str) -> None:
    assert refusal(code, message, "Create") == reason
