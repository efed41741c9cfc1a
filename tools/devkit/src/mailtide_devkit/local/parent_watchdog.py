"""Replaces itself by a command that ends when its parent does, however the parent ends.

Run as a file with an isolated interpreter: `python -I -S parent_watchdog.py PARENT_PID USER COMMAND...`; an empty
USER keeps the account. The account is changed here, not by the parent, because the kernel forgets the tie when it
changes.
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(user: str) -> None:
    """Give up root for the account."""
    account = pwd.getpwnam(user)
    os.initgroups(user, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def tie_to(parent: int) -> None:
    """Have the kernel kill this process when the parent dies (Linux; elsewhere the parent cleans up at exit)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("parent_watchdog: the parent is gone already")


def main() -> None:
    """Tie, then become the command."""
    parent, user, *command = sys.argv[1:]
    if user:
        become(user)
    tie_to(int(parent))
    os.execvp(command[0], command)  # noqa: S606 - a shell is exactly what is not wanted


if __name__ == "__main__":
    main()
