"""The revision of the schema that this release needs, for processes without the migrations, which the persister has."""

SCHEMA_REVISION = "0026"
"""The newest migration's number; `tests/repo/test_versions.py` compares the two."""
