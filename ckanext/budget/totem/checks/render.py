"""A report as text, JSON or a self-contained HTML page (no script, no external file)."""

from __future__ import annotations

import json
from html import escape
from itertools import groupby

from ckanext.budget.totem.checks.model import SEVERITIES, Finding
from ckanext.budget.totem.checks.report import Report
from ckanext.budget.totem.page import page, table

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
    return (
        f"{LABELS[finding.severity]} {finding.code}{where} : {finding.message}\n"
        f"    {finding.remedy}\n"
    )


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
    return page(title, body)


def _identity(report: Report) -> str:
    header = report.header
    if header is None:
        return ""
    number = f" n° {header.number}" if header.number else ""
    facts = (
        ("Collectivité", header.name),
        ("Budget", header.budget_name),
        ("SIRET", header.siret),
        ("Exercice", str(header.fiscal_year)),
        ("Document", header.stage.title + number),
        ("Nomenclature", header.variant),
        ("Lignes de budget", str(report.rows)),
    )
    rows = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"
        for label, value in facts
        if value
    )
    return f"<dl>{rows}</dl>"


def _table(severity: str, findings: list[Finding]) -> str:
    label = LABELS[severity] + ("s" if len(findings) > 1 else "")
    counted = f"{len(findings)} {'constats' if len(findings) > 1 else 'constat'}"
    rows = [(f.code, f.place or "document", f.message, f.remedy) for f in findings]
    heads = ("Code", "Où", "Constat", "Que faire")
    return (
        f'<section class="{severity}"><h2><span aria-hidden="true">{_MARKS[severity]}</span> '
        f"{label}</h2>{table(f'{counted} : {_MEANING[severity]}', heads, rows)}</section>"
    )


def _legend() -> str:
    items = "".join(f"<dt>{LABELS[s]}</dt><dd>{_MEANING[s]}</dd>" for s in SEVERITIES)
    return f'<section><h2>Comment lire ce rapport</h2><dl class="legend">{items}</dl></section>'
