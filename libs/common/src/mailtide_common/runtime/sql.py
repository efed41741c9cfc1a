"""Statements live in `.sql` files, under the name of the function that runs them."""

from importlib.resources import files


def load_sql(package: str, name: str) -> str:
    """The text of `sql/<name>.sql` in a package."""
    return (files(package) / "sql" / f"{name}.sql").read_text("utf-8")
