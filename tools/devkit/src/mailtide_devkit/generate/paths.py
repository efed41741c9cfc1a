"""The short names by which the pages in `docs/` refer to files: without the folders that only packaging requires."""

import re
from pathlib import Path


def short_path(path: Path) -> str:
    """Return `services/ingress/src/mailtide_ingress/app.py` as `ingress/app.py`; a path outside `src` stays as it is.

    Args:
        path: relative to the root of the repository.
    """
    return re.sub(r"^\w+/[\w-]+/src/(?:mailtide_)?", "", path.as_posix())
