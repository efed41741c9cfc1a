"""What the checks fetch or build once for this user: there whole, or not at all."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def cached(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of that name; made by `make`, which gets an empty one, unless it is there."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "mailtide", "deploy")
    base.mkdir(parents=True, exist_ok=True)
    with _locked(base / ".lock"):
        found = base / name
        if not found.is_dir():
            with tempfile.TemporaryDirectory(dir=base, prefix="making-") as scratch:
                target = Path(scratch, "made")
                target.mkdir()
                make(target)
                target.rename(found)
    return found


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
