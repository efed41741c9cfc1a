"""Runs the simulator as a subprocess."""

import json
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Self


@dataclass(slots=True)
class SimulatorProcess:
    """A running simulator at ``url``. Used as a context manager, it ends the process on exit."""

    process: subprocess.Popen[bytes]
    url: str

    @classmethod
    def start(cls, *arguments: str, port: int = 0, timeout: float = 60.0) -> Self:
        """Start a simulator and wait until it listens.

        Args:
            arguments: Further command line arguments, such as ``"--seed", "7"``.
            port: The port to listen on; 0: any free one.
            timeout: Maximum wait, in seconds.

        Raises:
            RuntimeError: The simulator exited, or did not listen in time.
        """
        command = [sys.executable, "-m", "mailtide_nylas_simulator", "--port", str(port), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        line = _line(process, timeout)
        if not line:
            process.kill()
            process.wait(5)
            raise RuntimeError(
                f"the simulator exited or did not listen within {timeout:g} s; see its standard error"
            )
        return cls(process, f"http://127.0.0.1:{json.loads(line)['port']}")

    def stop(self, timeout: float = 5.0) -> int:
        """End the process, and return its exit status. After ``timeout`` seconds, kill it."""
        self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(timeout)
        finally:
            if self.process.stdout is not None:
                self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _line(process: subprocess.Popen[bytes], timeout: float) -> bytes:
    deadline = time.monotonic() + timeout
    stream = process.stdout
    while stream is not None and time.monotonic() < deadline:
        ready, _, _ = select.select([stream], [], [], max(0.0, deadline - time.monotonic()))
        if ready:
            return stream.readline()
    return b""
