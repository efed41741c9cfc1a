"""The files of a running stack in `.mailtide`: its lock, its logs, `stack.json` and `stack.env`."""

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mailtide_devkit.local.errors import SetupError

FOLDER = ".mailtide"
OWNER_ONLY = 0o600
OTHER_FOLDER = "use another folder: --root=FOLDER (with make: ARGS=--root=FOLDER)"


class StackFiles:
    """The folder `.mailtide` of a stack.

    Attributes:
        root: the folder that contains it.
        folder: its path.
        json: the file with the stack's addresses and processes.
        env: the file with variables for a shell to source.
    """

    def __init__(self, root: Path) -> None:
        """Set the paths without writing anything.

        Args:
            root: the folder that contains `.mailtide`.
        """
        self.root = root
        self.folder = root / FOLDER
        self.json = self.folder / "stack.json"
        self.env = self.folder / "stack.env"
        self._lock: int | None = None

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def shown(self, path: Path) -> str:
        """Return `path` relative to `root`, or unchanged if it is elsewhere."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    def prepare(self) -> None:
        """Create and lock the folder, and delete the logs of an earlier run.

        The operating system releases the lock when the process ends.

        Raises:
            SetupError: the folder cannot be created or written, or another stack runs in it.
        """
        logs = self.folder / "logs"
        try:
            logs.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, OWNER_ONLY)
        except OSError as error:
            raise SetupError(f"cannot write to {self.folder}: {error.strerror}; {OTHER_FOLDER}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.read(lock, 100).decode()
            os.close(lock)
            raise SetupError(
                f"another stack runs in {self.folder}: process {other}; end it with Ctrl-C or `kill {other}`, "
                f"or {OTHER_FOLDER}"
            ) from None
        os.truncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        self._lock = lock
        for old in logs.glob("*.log"):
            old.unlink()

    def write(self, description: Mapping[str, Any], shell: str) -> None:
        replace(self.env, shell)
        replace(self.json, json.dumps(description, indent=2) + "\n")

    def remove(self) -> None:
        """Remove `stack.json` and `stack.env`. Without the lock they are another stack's, and stay."""
        if self._lock is not None:
            for path in (self.json, self.env):
                path.unlink(missing_ok=True)

    def release(self) -> None:
        """Release the lock, so that another stack can use the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def replace(path: Path, text: str) -> None:
    """Replace the content of a file atomically. Only the owner may read the file."""
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
