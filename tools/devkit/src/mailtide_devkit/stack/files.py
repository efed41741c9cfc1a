"""The two files that describe a running stack: `.mailtide/stack.json` and `.mailtide/stack.env`."""

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = ".mailtide"
OWNER_ONLY = 0o600


class StackFiles:
    """Writes the two files, each as a whole, and removes them when the stack ends."""

    def __init__(self, root: Path) -> None:
        """Set the paths; nothing is written yet.

        Args:
            root: the folder that contains `.mailtide`.
        """
        self.root = root
        self.folder = root / FOLDER
        self.json = self.folder / "stack.json"
        self.env = self.folder / "stack.env"

    def log(self, name: str) -> Path:
        """Return the path of a process' log."""
        return self.folder / "logs" / f"{name}.log"

    def shown(self, path: Path) -> str:
        """Return a path relative to the root, if it is below it."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    def prepare(self) -> None:
        """Create the folder, and delete the logs of an earlier run."""
        logs = self.folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        for old in logs.glob("*.log"):
            old.unlink()

    def write(self, description: Mapping[str, Any], shell: str) -> None:
        """Write both files."""
        replace(self.env, shell)
        replace(self.json, json.dumps(description, indent=2) + "\n")

    def remove(self) -> None:
        """Remove both files."""
        for path in (self.json, self.env):
            path.unlink(missing_ok=True)


def replace(path: Path, text: str) -> None:
    """Replace the content of a file atomically; only its owner may read it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        Path(name).chmod(OWNER_ONLY)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
