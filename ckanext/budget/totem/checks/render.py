"""A report as text, JSON or a self-contained HTML page (no script, no external file)."""
from __future__ import annotations

import json
from html import escape
from itertools import groupby

from ckanext.budget.totem.checks.model import SEVERITIES, Finding
from ckanext.budget.totem.checks.report import Report

__all__ = ["as_html", "as_json", "as_text"]

LABELS = {"error": "Erreur", "warning": "Avertissement", "info": "Information"}
_PLURALS = {"error": "erreurs", "warning": "avertissements", "info": "informations"}
_MARKS = {"error": "✖", "warning": "▲", "info": "ℹ"}
_MEANING = {
    "error": "la donnée publiée serait fausse ou refusée : à corriger avant de publier.",
    "warning": "à vérifier : la donnée peut être publiée, mais elle est peut-être fausse.",
    "info": "bon à savoir, rien n'oblige à agir.",
}


def as_json(report: Report) -> str:
    """Everything, for other programs."""
    return json.dumps(report.as_dict(), ensure_ascii=False, indent=2)


def as_text(report: Report) -> str:
    """One finding per paragraph, gravest first, and a last line that counts."""
    blocks = [_text(finding) for finding in report.findings]
    return "\n".join([*blocks, summary(report)])


def summary(report: Report) -> str:
    """``0 erreur, 2 avertissements, 1 information : aucune erreur.``"""
    counts = ", ".join(_counted(count, name) for name, count in report.counts.items())
    verdict = "aucune erreur" if report.is_valid else "à corriger avant de publier"
    return f"{counts} : {verdict}."


def _counted(count: int, severity: str) -> str:
    return f"{count} {_PLURALS[severity] if count > 1 else LABELS[severity].lower()}"


def _text(finding: Finding) -> str:
    where = f" [{finding.place}]" if finding.place else ""
    return (f"{LABELS[finding.severity]} {finding.code}{where} : {finding.message}\n"
            f"    {finding.remedy}\n")


def as_html(report: Report, name: str = "") -> str:
    """A whole page in French: summary first, then one table per severity.

    ``name``: how the file is called in the title. Severity is told by words and signs, never by
    colour alone; tables have captions and header cells.
    """
    title = f"Contrôle de {name}" if name else "Contrôle d'un document budgétaire"
    groups = groupby(report.findings, key=lambda finding: finding.severity)
    tables = "".join(_table(severity, list(findings)) for severity, findings in groups)
    body = (
        f"<h1>{escape(title)}</h1>{_identity(report)}"
        f'<p class="verdict">{escape(summary(report).capitalize())}</p>'
        f"{tables or '<p>Aucun constat.</p>'}{_legend()}"
        f"<footer><p>Règles, version {escape(report.rules_version)}.</p></footer>"
    )
    return (
        '<!DOCTYPE html>\n<html lang="fr">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><main>{body}</main></body>\n</html>\n"
    )


def _identity(report: Report) -> str:
    header = report.header
    if header is None:
        return ""
    number = f" n° {header.number}" if header.number else ""
    facts = (
        ("Collectivité", header.name), ("Budget", header.budget_name), ("SIRET", header.siret),
        ("Exercice", str(header.fiscal_year)), ("Document", header.stage.title + number),
        ("Nomenclature", header.variant), ("Lignes de budget", str(report.rows)),
    )
    rows = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"
        for label, value in facts if value
    )
    return f"<dl>{rows}</dl>"


def _table(severity: str, findings: list[Finding]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(f.code)}</th><td>{escape(f.place) or "document"}</td>'
        f"<td>{escape(f.message)}</td><td>{escape(f.remedy)}</td></tr>"
        for f in findings
    )
    heads = "".join(f'<th scope="col">{h}</th>' for h in ("Code", "Où", "Constat", "Que faire"))
    label = LABELS[severity] + ("s" if len(findings) > 1 else "")
    return (
        f'<section class="{severity}"><h2><span aria-hidden="true">{_MARKS[severity]}</span> '
        f"{label}</h2><div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\">"
        f"<table><caption>{len(findings)} {'constats' if len(findings) > 1 else 'constat'} : "
        f"{_MEANING[severity]}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>"
        "</table></div></section>"
    )


def _legend() -> str:
    items = "".join(f"<dt>{LABELS[s]}</dt><dd>{_MEANING[s]}</dd>" for s in SEVERITIES)
    return f"<section><h2>Comment lire ce rapport</h2><dl class=\"legend\">{items}</dl></section>"


_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;margin:0;color:#1b1b1b;background:#fff}"
    "main{max-width:72rem;margin:auto;padding:1rem}"
    "dl{display:flex;flex-wrap:wrap;gap:.25rem 2rem}dt{font-weight:600}dd{margin:0}"
    "dl.legend{display:grid;grid-template-columns:max-content 1fr}"
    ".verdict{font-size:1.2rem;font-weight:600}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%}"
    "caption{text-align:left;padding:.5rem 0}th{white-space:nowrap}"
    "th,td{border:1px solid #767676;padding:.4rem .6rem;text-align:left;vertical-align:top}"
    "section{border-left:.4rem solid #767676;padding-left:1rem;margin:1.5rem 0}"
    ".error{border-color:#b3261e}.warning{border-color:#9a5b00}.info{border-color:#1d5fa8}"
    "@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}}"
)
