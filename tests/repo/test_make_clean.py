"""`make clean` on a copy of the Makefile: it removes nothing of a stack that runs."""

import fcntl
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def clean(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [shutil.which("make") or "make", "clean"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603


def test_it_refuses_while_a_stack_runs_and_removes_its_files_afterwards(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    lock = tmp_path / ".mailtide" / "lock"
    lock.parent.mkdir()
    with lock.open("w") as held:
        held.write("4711")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = clean(tmp_path)
    assert refused.returncode != 0
    assert "a stack runs in this folder: end process 4711 first" in refused.stderr
    assert lock.exists()
    assert clean(tmp_path).returncode == 0
    assert not lock.parent.exists()
