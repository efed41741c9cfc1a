"""The queries and programs of docs/read-your-mail.md."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[3] / "docs/read-your-mail.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """Return all blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def query(title: str) -> str:
    """Return the query below a bold title."""
    _, _, below = PAGE.partition(f"**{title}.**")
    return below.partition("```sql\n")[2].partition("```")[0]
