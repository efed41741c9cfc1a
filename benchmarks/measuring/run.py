"""`make bench`: runs the benchmarks in `BENCHMARKS`, one after the other; `ARGS="NAME ..."` chooses some."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1]
BENCHMARKS = ("webhook_to_row", "drain", "backfill", "cron_round", "fairness", "attacked_ingress", "memory")


def main() -> int:
    """Run the named benchmarks, or all, until one fails; return the exit code."""
    chosen = sys.argv[1:] or BENCHMARKS
    unknown = set(chosen) - set(BENCHMARKS)
    if unknown:
        sys.stderr.write(
            f"no such benchmark: {', '.join(sorted(unknown))}; there are: {', '.join(BENCHMARKS)}\n"
        )
        return 2
    for name in chosen:
        print(f"\n## {name}\n", flush=True)
        done = subprocess.run([sys.executable, FOLDER / f"{name}.py"], check=False)  # noqa: S603 - our own file
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
