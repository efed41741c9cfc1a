"""Pages and tables in Markdown, for the files of `docs/generated`."""

from collections.abc import Iterable, Sequence

NOTE = "Written by `make docs` from the code; do not edit."


def page(title: str, body: str) -> str:
    """Return a page with a title and the note that it is generated."""
    return f"# {title}\n\n{NOTE}\n\n{body}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)
