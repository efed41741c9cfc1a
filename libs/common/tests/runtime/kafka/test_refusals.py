"""The error of a refused request, and the privilege that it asks for."""

import pytest

from mailtide_common.runtime.errors import ConfigurationError, TransientError
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
    error = refusal("it failed", code, message, "Create")
    assert type(error) is ConfigurationError
    assert str(error) == f"it failed: {reason}"


@pytest.mark.parametrize("code", [7, 41], ids=["RequestTimedOut", "NotController"])
def test_what_may_pass_is_tried_again(code: int) -> None:
    assert type(refusal("it failed", code, None, "Create")) is TransientError
