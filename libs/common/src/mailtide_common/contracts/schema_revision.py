"""The schema revision that this release needs, for code that must not import the persister's migrations."""

SCHEMA_REVISION = "0028"
"""The number of the newest migration; `tests/repo/test_versions.py` checks it."""
