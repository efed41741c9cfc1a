"""The schema revision that this release needs, for services other than the persister, which has the migrations."""

SCHEMA_REVISION = "0026"
"""The newest migration's number; `tests/repo/test_versions.py` compares the two."""
