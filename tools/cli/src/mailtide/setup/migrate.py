"""The `mailtide migrate` command."""

import typer

from mailtide.running import Json, command, print_json, run
from mailtide.waiting import Wait, patiently
from mailtide_common.runtime.settings import PostgresSettings, load
from mailtide_persister.schema.migrate import migrate
from mailtide_persister.schema.migrations import newest_revision


def migrate_command(as_json: Json = False, wait: Wait = 0.0) -> None:
    """Migrate the database to the newest schema. Safe to repeat, also while services run.

    Reads DATABASE_URL and MAILTIDE_SCHEMA.
    """
    settings = load(PostgresSettings, "mailtide migrate")
    run(patiently(lambda: migrate(settings.database_url.get_secret_value(), settings.mailtide_schema), wait))
    if as_json:
        print_json({"revision": newest_revision()})
    else:
        typer.echo(f"the database is at revision {newest_revision()}")


app = command(migrate_command)
