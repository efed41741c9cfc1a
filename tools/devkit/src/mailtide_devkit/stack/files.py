"""The two files by which others find a running stack: `.mailtide/stack.json` and `.mailtide/stack.env`."""

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
    """Written as a whole or not at all; removed when the stack ends."""

    def __init__(self, root: Path) -> None:
        """Nothing is written yet.

        Args:
            root: the folder that holds `.mailtide`.
        """
        self.root = root
        self.folder = root / FOLDER
        self.json = self.folder / "stack.json"
        self.env = self.folder / "stack.env"

    def log(self, name: str) -> Path:
        """The log file of a process."""
        return self.folder / "logs" / f"{name}.log"

    def shown(self, path: Path) -> str:
        """A path as the files name it: relative to the root."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    def prepare(self) -> None:
        """Make the folder, and empty the logs of an earlier run."""
        logs = self.folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        for old in logs.glob("*.log"):
            old.unlink()

    def write(self, description: Mapping[str, Any], shell: str) -> None:
        """Replace both."""
        replace(self.env, shell)
        replace(self.json, json.dumps(description, indent=2) + "\n")

    def remove(self) -> None:
        """Remove both: what they name has ended."""
        for path in (self.json, self.env):
            path.unlink(missing_ok=True)


def replace(path: Path, text: str) -> None:
    """Give the file a new content at once, readable by its owner only."""
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
