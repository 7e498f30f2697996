"""A report as one self-contained HTML page: no script, no external file, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["page", "table"]

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;margin:0;color:#1b1b1b;background:#fff}"
    "main{max-width:72rem;margin:auto;padding:1rem}"
    "dl{display:flex;flex-wrap:wrap;gap:.25rem 2rem}dt{font-weight:600}dd{margin:0}"
    "dl.legend{display:grid;grid-template-columns:max-content 1fr}"
    ".verdict{font-size:1.2rem;font-weight:600}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%}"
    "caption{text-align:left;padding:.5rem 0}thead th{white-space:nowrap}"
    "th,td{border:1px solid #767676;padding:.4rem .6rem;text-align:left;vertical-align:top}"
    "td.number{text-align:right;font-variant-numeric:tabular-nums}"
    "section{border-left:.4rem solid #767676;padding-left:1rem;margin:1.5rem 0}"
    ".error{border-color:#b3261e}.warning{border-color:#9a5b00}.info{border-color:#1d5fa8}"
    "@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}}"
)


def page(title: str, body: str) -> str:
    """A whole French page; ``body`` is HTML, ``title`` is text."""
    return (
        '<!DOCTYPE html>\n<html lang="fr">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><main>{body}</main></body>\n</html>\n"
    )


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """A captioned table whose first column heads the rows; numbers are aligned right."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _cells(row: Sequence[str | int]) -> str:
    first, *others = row
    cells = "".join(
        f'<td class="number">{cell}</td>' if isinstance(cell, int) else f"<td>{escape(cell)}</td>"
        for cell in others
    )
    return f'<th scope="row">{escape(str(first))}</th>{cells}'
