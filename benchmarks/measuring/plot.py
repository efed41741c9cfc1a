"""Draws bar charts as SVG, readable on light and dark pages."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

WIDTH, LABEL, ROW, TOP = 860, 370, 24, 40
MOST = 2.0
"""Share of the whole at which a bar is cut off."""

STYLE = "text{font:13px sans-serif;fill:#57606a}.t{font-weight:600}.y{fill:#2da44e}.n{fill:#bf8700}line{stroke:#57606a}"


def write_bars(path: Path, title: str, bars: Sequence[tuple[str, float]]) -> None:
    """Write a chart of shares, with a line at 1; bars below 1 have another colour."""
    scale = (WIDTH - LABEL - 70) / MOST
    height = TOP + ROW * len(bars) + 8
    at_one = LABEL + scale
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<text class="t" x="8" y="22">{escape(title)}</text>',
    ]
    for number, (label, share) in enumerate(bars):
        y = TOP + ROW * number
        width = round(min(share, MOST) * scale)
        lines += [
            f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(label)}</text>',
            f'<rect class="{"y" if share >= 1 else "n"}" x="{LABEL}" y="{y}" width="{width}" height="18" rx="2"/>',
            f'<text x="{LABEL + width + 6}" y="{y + 14}">{share:.0%}</text>',
        ]
    lines += [
        f'<line x1="{at_one:.0f}" x2="{at_one:.0f}" y1="{TOP - 6}" y2="{height - 6}" stroke-dasharray="3 3"/>',
        "</svg>\n",
    ]
    path.write_text("\n".join(lines), "utf-8")
