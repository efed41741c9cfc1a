"""Generates the lists in `docs/invariants.md`: the source files and the tests that cite each invariant."""

import ast
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from .paths import short_path

ROOT = Path(__file__).parents[5]
PAGE = ROOT / "docs/invariants.md"
TITLE = re.compile(r"\*\*INV-(\d+)\. ")
LISTED = re.compile(r"\n?- (?:Kept|Proven) by .*\n(?:  .*\n)*")
CITATION = re.compile(r"\bINV-(\d+)\b")

Citations = dict[int, list[str]]


def kept_by() -> Citations:
    """Return the short paths of the source files that cite each invariant, by its number."""
    files = (path for path in ROOT.glob("*/*/src/**/*.*") if path.suffix in {".py", ".sql"})
    return _by_number((short_path(path.relative_to(ROOT)), path.read_text("utf-8")) for path in files)


def proven_by() -> Citations:
    """Return the names of the tests that cite each invariant, by its number."""
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("*/*/tests/**/test_*.py")]
    return _by_number(each for path in files for each in _tests(path))


def render(page: str) -> str:
    """Return `page` with new lists below the invariants."""
    kept, proven = kept_by(), proven_by()
    sections = re.split(r"(?=^\*\*INV-|^## )", LISTED.sub("", page), flags=re.MULTILINE)
    for index, section in enumerate(sections):
        if title := TITLE.match(section):
            number = int(title[1])
            items = [f"- Kept by {', '.join(kept[number])}"] if number in kept else []
            items += [f"- Proven by {test}" for test in proven.get(number, ())]
            sections[index] = "\n".join([section.rstrip(), "", *map(_wrapped, items), "", ""])
    return "".join(sections).rstrip() + "\n"


def _tests(path: Path) -> Iterator[tuple[str, str]]:
    source = path.read_text("utf-8")
    if CITATION.search(source):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield f"{path.name}` `{node.name}", ast.get_source_segment(source, node) or ""


def _by_number(texts: Iterator[tuple[str, str]]) -> Citations:
    cited: defaultdict[int, set[str]] = defaultdict(set)
    for name, text in texts:
        for number in CITATION.findall(text):
            cited[int(number)].add(f"`{name}`")
    return {number: sorted(names) for number, names in cited.items()}


def _wrapped(item: str) -> str:
    return textwrap.fill(item, 118, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
