"""Checks of Postgres: version, settings and schema."""

from collections.abc import Mapping

from mailtide_common.contracts.api.doctor import Finding
from mailtide_common.runtime.postgres_errors import Connection
from mailtide_common.runtime.sql import load_sql

from .finding import error, warning

OLDEST_VERSION = 14
NEEDED_CONNECTIONS = 60
"""Connections that one process of each service and a few operators use in total."""


async def check_postgres(connection: Connection) -> list[Finding]:
    """Return findings about the server's version and settings."""
    rows = await connection.fetch(load_sql(__package__, "list_server_settings"))
    return judge_settings({row["name"]: row["setting"] for row in rows})


def judge_settings(settings: Mapping[str, str]) -> list[Finding]:
    """Return findings about a server's version and settings, by their names in `pg_settings`. Pure."""
    findings = []
    version = int(settings["server_version_num"]) // 10_000
    if version < OLDEST_VERSION:
        findings.append(
            error(
                "postgres",
                f"Postgres is version {version}",
                "the schema needs features of newer versions, such as lz4 compression",
                f"upgrade to Postgres {OLDEST_VERSION} or newer",
            )
        )
    for name, why in (
        ("fsync", "a crash of the server can corrupt the whole database"),
        ("full_page_writes", "a crash of the server can corrupt pages"),
    ):
        if settings.get(name) == "off":
            findings.append(error("postgres", f"{name} is off", why, f"set {name} = on in postgresql.conf"))
    if settings.get("synchronous_commit") == "off":
        findings.append(
            error(
                "postgres",
                "synchronous_commit is off",
                "a crash loses rows whose records count as processed in Kafka, so nothing stores them again",
                "set synchronous_commit = on, for the server, the database and the role",
            )
        )
    if settings.get("default_toast_compression") == "pglz":
        findings.append(
            warning(
                "postgres",
                "default_toast_compression is pglz",
                "storing bodies takes several times the processor time",
                "set default_toast_compression = lz4",
            )
        )
    if (connections := int(settings["max_connections"])) < NEEDED_CONNECTIONS:
        findings.append(
            warning(
                "postgres",
                f"max_connections is {connections}",
                f"one process of each service and a few operators may use {NEEDED_CONNECTIONS} in total; at the "
                "limit, they wait or fail",
                f"set max_connections to {NEEDED_CONNECTIONS}, plus 8 for each further process "
                "(notifier: 12), or use a pooler",
            )
        )
    return findings


async def check_schema(connection: Connection, newest: str | None) -> list[Finding]:
    """Return a finding if the schema is older than revision `newest`, or if it has no revision.

    If `newest` is None, every revision passes. If Mailtide's tables are only in another schema, the finding
    says to correct MAILTIDE_SCHEMA instead of migrating.
    """
    row = await connection.fetchrow(load_sql(__package__, "list_schemas"))
    if not row["present"] and row["others"]:
        return [
            error(
                "schema",
                f"Mailtide's tables are in the schema {' and '.join(row['others'])}, not in {row['schema']}",
                "services with this setting find no tables, and wait",
                f"set MAILTIDE_SCHEMA={row['others'][0]} for this command and for every service; do not migrate",
            )
        ]
    revision = None
    if row["present"]:
        revision = await connection.fetchval(load_sql(__package__, "get_schema_revision"))
    if revision is not None and (newest is None or revision >= newest):
        return []
    return [
        error(
            "schema",
            "the database has no tables of Mailtide"
            if revision is None
            else f"the database is at revision {revision}, but this release needs {newest}",
            "the persister of this release does not start, and stores no mail",
            "run `mailtide migrate`",
        )
    ]
