"""The schema, forward only: `NNNN_<name>.sql`, of which each keeps the code before it working."""

from importlib.resources import files


def load_migrations() -> dict[str, str]:
    """Every migration's SQL by its revision, the four digits that its file's name begins with; oldest first."""
    scripts = [file for file in files(__package__).iterdir() if file.name.endswith(".sql")]
    return {file.name[:4]: file.read_text("utf-8") for file in sorted(scripts, key=lambda file: file.name)}


def newest_revision() -> str:
    """The revision that this release needs."""
    return max(load_migrations())
