"""Check of the free space on this host's disk."""

import shutil

from mailtide_common.contracts.api.doctor import Finding

from .finding import warning

ROOT = "/"
LEAST_SHARE = 0.1
GIB = 2**30


def check_disk() -> list[Finding]:
    """Return a finding if less than `LEAST_SHARE` of this host's root file system is free."""
    usage = shutil.disk_usage(ROOT)
    share = usage.free / usage.total
    if share >= LEAST_SHARE:
        return []
    return [
        warning(
            "disk",
            f"{usage.free / GIB:.1f} GiB of {ROOT} are free ({share:.0%})",
            "if Kafka or Postgres uses this disk, it stops when the disk is full",
            "free space, or enlarge the disk",
        )
    ]
