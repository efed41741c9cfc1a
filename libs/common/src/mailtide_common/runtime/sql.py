"""Statements live in `.sql` files, under the name of the function that runs them."""

from importlib.resources import files


def load_sql(package: str, name: str) -> str:
    """The text of `sql/<name>.sql` in a package.

    Raises:
        LookupError: there is no such file: a bug, or files that were replaced under a running process. It must not be
            an OSError, which is taken for a server that cannot be reached and tried again for ever.
    """
    try:
        return (files(package) / "sql" / f"{name}.sql").read_text("utf-8")
    except OSError as error:
        raise LookupError(f"no statement {name} in {package}") from error
