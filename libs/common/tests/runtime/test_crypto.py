"""Sealed and signed with SECRET_KEY."""

import pytest

from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.errors import PermanentError


def test_secret_box_opens_only_its_own() -> None:
    """INV-29."""
    box = SecretBox("key")
    sealed = box.encrypt("whsec")
    assert "whsec" not in sealed
    assert SecretBox("key").decrypt(sealed) == "whsec"
    with pytest.raises(PermanentError):
        SecretBox("other").decrypt(sealed)
    assert box.verify("state", box.sign("state"))
    assert not box.verify("state", SecretBox("other").sign("state"))
    assert not box.verify("state", "\ud800")
