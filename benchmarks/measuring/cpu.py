"""Measures processor time of a stack's processes and of other programs on the machine, and peak memory."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mailtide_devkit.local.process import Process, descendants

if TYPE_CHECKING:
    from mailtide_devkit.stack.stack import Stack

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor time between two moments.

    Attributes:
        seconds: of wall-clock time.
        of_process: processor seconds by process name, descendants included; `benchmark` is the sender itself.
        foreign: mean number of cores that other programs on the machine used.
    """

    seconds: float
    of_process: dict[str, float]
    foreign: float


class Meter:
    """Measures processor time from its construction on."""

    def __init__(self, stack: "Stack", others: Mapping[str, Process] | None = None) -> None:
        """Begin to measure the processes of a stack, and `others`, which may be started later."""
        self._stack = stack
        self._others = others or {}
        self._began = time.monotonic()
        self._machine = _machine_seconds()
        self._processes = self._now()

    def read(self) -> Usage:
        """Return the usage since construction."""
        seconds = time.monotonic() - self._began
        now = self._now()
        used = {name: now[name] - self._processes.get(name, 0.0) for name in now}
        other = _machine_seconds() - self._machine - sum(used.values())
        return Usage(seconds, used, max(0.0, other / seconds))

    def _now(self) -> dict[str, float]:
        processes = {**self._stack.supervisor.processes, **self._others}
        pids = {name: process.pid for name, process in processes.items() if process.running}
        return {name: tree_seconds(pid) for name, pid in {**pids, "benchmark": os.getpid()}.items()}


def tree_seconds(pid: int) -> float:
    """Return the processor seconds of a process and its descendants, reaped ones included.

    Of this process, its children are left out, because they are measured by themselves.
    """
    pids = [pid] if pid == os.getpid() else [pid, *descendants(pid)]
    return sum(_seconds(each, reaped=pid != os.getpid()) for each in pids)


def peak_mib(pid: int) -> int:
    """Return the peak resident memory of a process, in MiB: since its start, or since 5 was written to `clear_refs`."""
    return _status(Path(f"/proc/{pid}"), "VmHWM") // 1024


def resident_mib(pid: int) -> int:
    """Return the resident memory of a process, in MiB."""
    return _status(Path(f"/proc/{pid}"), "VmRSS") // 1024


def wake_ups(pid: int) -> int:
    """Return how often the threads of a process have waited so far: their voluntary context switches."""
    return sum(_status(thread, "voluntary_ctxt_switches") for thread in Path(f"/proc/{pid}/task").iterdir())


def _status(process: Path, name: str) -> int:
    """Return a number in the `status` file of a process or thread."""
    lines = (process / "status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _seconds(pid: int, *, reaped: bool) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15] if reaped else fields[11:13])) / TICKS_PER_SECOND


def _machine_seconds() -> float:
    """Return the processor seconds of all programs since the machine started: user, nice, system, interrupts."""
    fields = Path("/proc/stat").read_text("utf-8").splitlines()[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq = map(int, fields[:7])
    return (user + nice + system + irq + softirq) / TICKS_PER_SECOND
