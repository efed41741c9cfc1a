"""What the pages for readers name exists, and their lines fit a screen."""

import re
from pathlib import Path

import pytest

from mailtide_devkit.generate.paths import short_path

ROOT = Path(__file__).parents[2]
FOLDERS = ("libs", "services", "tools", "tests", "benchmarks", "deploy", "findings")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/*/README.md")])
READMES = [page for page in PAGES if page.parent.parent.name in {"libs", "services", "tools"}]


def _files() -> set[str]:
    """Every file as pages may name it: whole, or from any folder of its path on."""
    paths = [path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*.*")]
    names = {name for path in paths for name in (path.as_posix(), short_path(path))}
    return {name.split("/", part)[-1] for name in names for part in range(name.count("/") + 1)}


def test_every_file_that_a_page_names_exists() -> None:
    named = {
        (page.relative_to(ROOT).as_posix(), path)
        for page in PAGES
        for path in re.findall(r"`([\w./-]+\.(?:py|sql|ya?ml|md))`", page.read_text("utf-8"))
    }
    known = _files() | {page.name for page in PAGES} | {path.name for path in ROOT.glob("*.*")}
    known |= {
        page.relative_to(folder).as_posix()
        for page in PAGES
        for folder in (ROOT, ROOT / "docs")
        if folder in page.parents
    }
    assert named
    assert sorted(each for each in named if each[1] not in known) == []


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.parent.name)
def test_a_package_s_readme_names_its_folders(page: Path) -> None:
    (package,) = (path for path in (page.parent / "src").iterdir() if path.is_dir())
    rooms = set(re.findall(r"^\| .*", page.read_text("utf-8"), re.MULTILINE))
    named = {folder for row in rooms for folder in re.findall(r"`([\w/]+)/`", row.split("|")[1])} - {
        f"src/{package.name}"
    }
    there = {path.parent.relative_to(package).as_posix() for path in package.rglob("__init__.py")} - {"."}
    assert named == there


def test_lines_fit() -> None:
    """Rows of tables and the lines of a drawing cannot be wrapped."""
    long = [
        f"{page.relative_to(ROOT)}:{number}"
        for page in PAGES
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1)
        if len(line) > 120 and not line.startswith("|") and "►" not in line
    ]
    assert long == []


def test_the_map_in_the_readme_names_every_folder() -> None:
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    named = {path.rstrip("/") for row in rows for path in re.findall(r"`([\w/-]+/)`", row)}
    there = {
        folder.name
        for folder in ROOT.iterdir()
        if folder.is_dir() and not folder.name.startswith((".", "__"))
    }
    packages = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("*/*/pyproject.toml")}
    assert {
        path for path in named if not any((ROOT / base / path).is_dir() for base in ("", "docs"))
    } == set()
    assert packages <= named
    assert {path.split("/")[0] for path in named} >= there - {"docs"}
