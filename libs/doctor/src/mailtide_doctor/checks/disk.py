"""Check of the free space on this host's disk."""

import shutil
from pathlib import Path

from mailtide_common.contracts.api.doctor import Finding

from .finding import warning

LEAST_SHARE = 0.1
GIB = 2**30


def check_disk(path: Path = Path("/"), *, least_share: float = LEAST_SHARE) -> list[Finding]:
    """Return a finding if less than `least_share` of this host's disk is free; other hosts' disks are not checked."""
    usage = shutil.disk_usage(path)
    share = usage.free / usage.total
    if share >= least_share:
        return []
    return [
        warning(
            "disk",
            f"{usage.free / GIB:.1f} GiB of {path} are free ({share:.0%})",
            "if Kafka or Postgres uses this disk, it stops when the disk is full",
            "free space, or enlarge the disk",
        )
    ]
