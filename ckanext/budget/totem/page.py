"""A report as one self-contained HTML page: no script, no external file; light, dark and print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

# Contrast of every text at least 4.5:1 in both schemes (WCAG 2.1 AA).
_STYLE = """
:root{color-scheme:light dark;--text:#1b1b1f;--soft:#55555f;--paper:#fff;--card:#f5f5f8;
--rule:#c9c9d2;--error:#b3261e;--warning:#8a4b00;--info:#1d5fa8;--good:#1a6b36}
@media (prefers-color-scheme:dark){:root{--text:#ececf1;--soft:#b4b4c0;--paper:#16161a;
--card:#212127;--rule:#4a4a55;--error:#ff9a92;--warning:#ffb860;--info:#93c2ff;--good:#7fd69a}}
*{box-sizing:border-box}
body{font:1rem/1.5 system-ui,sans-serif;margin:0;color:var(--text);background:var(--paper)}
main{max-width:68rem;margin:auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:0}
p{margin:.4rem 0}code{font-size:.9em;color:var(--soft)}
dl.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.75rem 1.5rem;
margin:0 0 1.25rem;padding:1rem;background:var(--card);border-radius:.5rem}
dl.facts dt{color:var(--soft);font-size:.875rem}
dl.facts dd{margin:0;font-weight:600;overflow-wrap:anywhere}
dl.legend{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}
dl.legend dt{font-weight:600}dl.legend dd{margin:0}
.verdict{font-size:1.15rem;font-weight:600;margin:0 0 1rem;padding:.75rem 1rem;
border-left:.4rem solid;background:var(--card);border-radius:.25rem}
.error>h2,.verdict.error{color:var(--error)}.warning>h2,.verdict.warning{color:var(--warning)}
.info>h2{color:var(--info)}.verdict.good{color:var(--good)}
article{border:1px solid var(--rule);border-left-width:.3rem;border-radius:.25rem;
padding:.75rem 1rem;margin:.75rem 0}
.error article{border-left-color:var(--error)}.warning article{border-left-color:var(--warning)}
.info article{border-left-color:var(--info)}
article ul{margin:.5rem 0 0;padding-left:1.25rem}.where{color:var(--soft);overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}caption{text-align:left;padding:.5rem 0;color:var(--soft)}
th,td{border-bottom:1px solid var(--rule);padding:.5rem .6rem;text-align:left;vertical-align:top}
thead th{border-bottom:2px solid var(--soft)}tbody th{overflow-wrap:break-word}
.number{text-align:right;font-variant-numeric:tabular-nums}
footer{margin-top:2rem;color:var(--soft);font-size:.875rem}
@media (max-width:44rem){thead{position:absolute;left:-999rem}
tr{display:block;border:1px solid var(--rule);border-radius:.25rem;margin:.75rem 0;
padding:.5rem .75rem}
tbody th,td{display:grid;grid-template-columns:7rem 1fr;gap:.5rem;border:0;padding:.15rem 0}
tbody th{display:block;padding-bottom:.35rem}.number{text-align:left}
td::before{content:attr(data-label);color:var(--soft)}dl.legend{grid-template-columns:1fr}
dl.legend dd{margin-bottom:.5rem}}
@media print{:root{color-scheme:light;--text:#000;--soft:#444;--paper:#fff;--card:#fff;--rule:#999;
--error:#b3261e;--warning:#8a4b00;--info:#1d5fa8;--good:#1a6b36}
@page{margin:15mm}body{font-size:10pt}main{max-width:none;padding:0}
article,tr{break-inside:avoid}h2,caption{break-after:avoid}dl.facts{border:1px solid var(--rule)}}
"""


def page(title: str, body: str) -> str:
    """A whole French page; ``body`` is HTML, ``title`` is text."""
    style = _STYLE.replace("\n", "")
    return (
        '<!DOCTYPE html>\n<html lang="fr">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head>\n"
        f"<body><main>{body}</main></body>\n</html>\n"
    )


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """What the page is about, as labels and values; empty values are left out."""
    items = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"
        for label, value in pairs
        if value
    )
    return f'<dl class="facts">{items}</dl>'


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """A captioned table whose first column heads the rows; numbers are aligned right.

    On a phone each row is a card: the roles keep it a table for those who hear the page.
    """
    rows = [list(row) for row in rows]
    numbers = [isinstance(cell, int) for cell in rows[0]] if rows else [False] * len(heads)
    head = "".join(
        f'<th scope="col" role="columnheader"{_class(number)}>{escape(text)}</th>'
        for text, number in zip(heads, numbers, strict=True)
    )
    body = "".join(f'<tr role="row">{_cells(heads, row)}</tr>' for row in rows)
    return (
        f'<table role="table"><caption>{escape(caption)}</caption><thead role="rowgroup">'
        f'<tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody></table>'
    )


def _class(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


def _cells(heads: Sequence[str], row: Sequence[str | int]) -> str:
    cells = "".join(
        f'<td role="cell" data-label="{escape(head)}"{_class(isinstance(cell, int))}>'
        f"<span>{escape(str(cell))}</span></td>"
        for head, cell in zip(heads[1:], row[1:], strict=True)
    )
    return f'<th scope="row" role="rowheader">{escape(str(row[0]))}</th>{cells}'
