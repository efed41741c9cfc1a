"""Pages and tables in Markdown, for the files of `docs/generated`."""

from collections.abc import Iterable, Sequence

NOTE = "Written by `make docs` from the code; do not edit."


def page(title: str, body: str) -> str:
    """Return a generated page."""
    return f"# {title}\n\n{NOTE}\n\n{body}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)
