"""The schema, forward only: `NNNN_<name>.sql`. Each migration keeps the previous code working."""

from importlib.resources import files


def load_migrations() -> dict[str, str]:
    """Return every migration's SQL by revision, the first four digits of its file name; oldest first."""
    scripts = [file for file in files(__package__).iterdir() if file.name.endswith(".sql")]
    return {file.name[:4]: file.read_text("utf-8") for file in sorted(scripts, key=lambda file: file.name)}


def newest_revision() -> str:
    """Return the revision that this release needs."""
    return max(load_migrations())
