"""Keeps the contents of loaded mail in a temporary file, because a mailbox may be larger than the memory."""

import os
import tempfile
import weakref
from functools import partial

from .model import Bytes


class Spool:
    """A temporary file without a name, in the folder for such files (`TMPDIR`).

    It exists until neither the spool nor a function that it returned is in use, or until the process ends.
    """

    def __init__(self) -> None:
        """Create the file.

        Raises:
            OSError: it cannot be created.
        """
        self._file = tempfile.TemporaryFile(prefix="mailtide-simulator-")  # noqa: SIM115 - closed by the next line
        weakref.finalize(self, self._file.close)

    def keep(self, content: bytes) -> Bytes:
        """Write bytes to the file, and return a function that reads them.

        Raises:
            OSError: the file cannot be written, for example because the disk is full.
        """
        start = self._file.seek(0, os.SEEK_END)
        self._file.write(content)
        self._file.flush()
        return partial(self._read, start, len(content))

    def _read(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        return self._file.read(length)
