"""The migrations, in files `NNNN_<name>.sql`. Each keeps the code of the previous release working."""

from importlib.resources import files


def load_migrations() -> dict[str, str]:
    """Return the SQL of each migration by revision, oldest first.

    The revision is the first four digits of the file's name.
    """
    scripts = [file for file in files(__package__).iterdir() if file.name.endswith(".sql")]
    return {file.name[:4]: file.read_text("utf-8") for file in sorted(scripts, key=lambda file: file.name)}


def newest_revision() -> str:
    """Return the revision that this release needs."""
    return max(load_migrations())
