"""Loads SQL statements from files, each named after the function that runs it."""

from functools import cache
from importlib.resources import files


@cache
def load_sql(package: str, name: str) -> str:
    """Return the statement in `sql/<name>.sql` of a package: `load_sql(__package__, "list_accounts")`.

    Raises:
        LookupError: there is no such file, because of a bug, or because files were replaced while the process runs. It
            is not an OSError, which callers would treat as an unavailable server and retry.
    """
    try:
        return (files(package) / "sql" / f"{name}.sql").read_text("utf-8")
    except OSError as error:
        raise LookupError(f"no statement {name} in {package}") from error
