"""Files and folders stay small enough to be read."""

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = [
    file
    for folder in ("libs", "services", "tools", "tests", "benchmarks", "deploy")
    for file in sorted((ROOT / folder).rglob("*.py"))
    if "node_modules" not in file.parts
]
SCRIPTS = {ROOT / "benchmarks"}
"""Folders of programs that are run by their paths, not imported."""

MOST_LINES = 350
MOST_MODULES = 15


def test_no_file_is_long() -> None:
    lines = {str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in FILES}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_no_folder_has_many_modules() -> None:
    counts = Counter(file.parent for file in FILES if file.name != "__init__.py")
    assert {folder for folder, count in counts.items() if count > MOST_MODULES} == SCRIPTS
