"""Writes all files that are generated from the code (`make docs`), and prints the paths of changed ones.

Tests fail while a generated file is out of date.
"""

import asyncio
from pathlib import Path

from mailtide_devkit.local.backends import started
from mailtide_devkit.local.postgres import Postgres
from mailtide_persister.schema.migrate import migrate

from . import alerts, docs, invariants, strimzi, tables
from .dashboards import every

ROOT = invariants.ROOT


async def migrated_tables() -> str:
    """Return the page of tables, from a Postgres that is started for it."""
    async with started(Postgres()) as postgres:
        await migrate(postgres.database_url)
        return await tables.tables_page(postgres.database_url)


def files() -> dict[Path, str]:
    """Return the content of every generated file, by its path."""
    pages = {ROOT / "docs/generated" / name: page() for name, page in docs.PAGES.items()}
    manifests = {ROOT / strimzi.FOLDER / name: manifest() for name, manifest in strimzi.MANIFESTS.items()}
    dashboards = {ROOT / every.FOLDER / name: board() for name, board in every.DASHBOARDS.items()}
    return {
        **pages,
        ROOT / "docs/generated" / tables.NAME: asyncio.run(migrated_tables()),
        **manifests,
        **dashboards,
        ROOT / alerts.ALERTS: alerts.alerts(),
        invariants.PAGE: invariants.render(invariants.PAGE.read_text("utf-8")),
    }


def main() -> None:
    """Write the files that are out of date, and print their paths."""
    for path, text in files().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
