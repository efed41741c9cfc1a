"""Loads SQL statements from the files `sql/<name>.sql` of packages."""

from functools import cache
from importlib.resources import files


@cache
def load_sql(package: str, name: str) -> str:
    """Return the statement in `sql/<name>.sql` of a package: `load_sql(__package__, "list_accounts")`.

    Raises:
        LookupError: the file cannot be read, because of a bug or an upgrade of the running process. It is no
            OSError, because callers would retry an OSError as if a server were unavailable.
    """
    try:
        return (files(package) / "sql" / f"{name}.sql").read_text("utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LookupError(
            f"sql/{name}.sql of the package {package} cannot be read: {reason}; if Mailtide was upgraded while this "
            "process ran, restart it"
        ) from error
