"""The schema revision that this release needs, for services other than the persister, which has the migrations."""

SCHEMA_REVISION = "0027"
"""The newest migration's number; `tests/repo/test_versions.py` compares the two."""
