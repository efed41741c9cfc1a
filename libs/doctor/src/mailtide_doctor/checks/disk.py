"""Check of the disk."""

import shutil
from pathlib import Path

from mailtide_common.contracts.api.doctor import Finding

from .finding import warning

LEAST_SHARE = 0.1
GIB = 2**30


def check_disk(path: Path = Path("/"), *, least_share: float = LEAST_SHARE) -> list[Finding]:
    """Check the free space of this host; brokers and Postgres on other hosts have disks of their own."""
    usage = shutil.disk_usage(path)
    share = usage.free / usage.total
    if share >= least_share:
        return []
    return [
        warning(
            "disk",
            f"{usage.free / GIB:.1f} GiB of {path} are free ({share:.0%})",
            "a Kafka or Postgres on this disk stops when it is full",
            "free space, or enlarge the disk",
        )
    ]
