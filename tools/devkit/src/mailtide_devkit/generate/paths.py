"""The short paths by which the pages in `docs/` refer to source files."""

import re
from pathlib import Path


def short_path(path: Path) -> str:
    """Return the short path of a file: for `services/ingress/src/mailtide_ingress/app.py`, `ingress/app.py`.

    Args:
        path: relative to the root of the repository. A path outside a `src` folder is not shortened.
    """
    return re.sub(r"^\w+/[\w-]+/src/(?:mailtide_)?", "", path.as_posix())
