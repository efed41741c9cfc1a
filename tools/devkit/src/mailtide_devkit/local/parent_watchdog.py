"""Executes a command that is killed when the parent process ends, for whatever reason (on Linux only).

Usage: `python -I -S parent_watchdog.py PARENT_PID USER COMMAND...`. An empty USER keeps the account.

The account is changed here and not by the parent, because the kernel clears the death signal
(`PR_SET_PDEATHSIG`) when the account changes.
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(user: str) -> None:
    account = pwd.getpwnam(user)
    os.initgroups(user, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def tie_to(parent: int) -> None:
    """Have the kernel kill this process when the parent ends. Exit if the parent has already ended.

    On other systems than Linux, do nothing: there the parent kills its children when it exits (`process.py`).
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit(f"parent_watchdog: the parent process {parent} has already ended")


def main() -> None:
    """Change the account, tie this process to the parent, and execute the command."""
    parent, user, *command = sys.argv[1:]
    if user:
        become(user)
    tie_to(int(parent))
    os.execvp(command[0], command)  # noqa: S606 - without a shell on purpose


if __name__ == "__main__":
    main()
