"""A report as text, JSON or a self-contained HTML page (no script, no external file)."""

from __future__ import annotations

import json
from html import escape
from itertools import groupby

from ckanext.budget.totem.checks.model import SEVERITIES, Finding, tally
from ckanext.budget.totem.checks.report import Report
from ckanext.budget.totem.checks.wrong import WRONG
from ckanext.budget.totem.page import facts, page

LABELS = {"error": "Erreur", "warning": "Avertissement", "info": "Information"}
_PLURALS = {"error": "erreurs", "warning": "avertissements", "info": "informations"}
_MARKS = {"error": "✖", "warning": "▲", "info": "ℹ", "good": "✔"}
_VERDICTS = {
    "error": "à corriger avant de publier",
    "warning": "publiable, à vérifier",
    "good": "aucune erreur",
}
_SEALS = {
    "valid": "valide",
    "broken": "rompu",
    "absent": "absent",
    "unverifiable": "ne peut être vérifié",
}
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
    """``0 erreur, 2 avertissements, 1 information : publiable, à vérifier.``"""
    counts = ", ".join(_counted(count, name) for name, count in report.counts.items())
    return f"{counts} : {_VERDICTS[_gravity(report)]}."


def _gravity(report: Report) -> str:
    """``error``, ``warning``, or ``good`` when there is nothing to look at."""
    return next((name for name in ("error", "warning") if report.counts[name]), "good")


def _counted(count: int, severity: str) -> str:
    return f"{count} {_PLURALS[severity] if count > 1 else LABELS[severity].lower()}"


def _text(finding: Finding) -> str:
    where = f" [{finding.place}]" if finding.place else ""
    return (
        f"{LABELS[finding.severity]} {finding.code}{where} : {finding.message}\n"
        f"    {finding.remedy}\n"
    )


def as_html(report: Report, name: str = "") -> str:
    """A whole page in French: verdict first, then each rule that has findings, gravest first.

    ``name``: how the file is called in the title. Severity is told by words and signs, never by
    colour alone.
    """
    title = f"Contrôle de {name}" if name else "Contrôle d'un document budgétaire"
    groups = groupby(report.findings, key=lambda finding: finding.severity)
    sections = "".join(_section(severity, list(findings)) for severity, findings in groups)
    body = (
        f"<h1>{escape(title)}</h1>{_verdict(report)}{_identity(report)}"
        f"{sections or '<p>Aucun constat.</p>'}{_legend()}"
        f"<footer><p>Règles, version {escape(report.rules_version)}. "
        "Aucune valeur du document n'est citée.</p></footer>"
    )
    return page(title, body)


def _verdict(report: Report) -> str:
    gravity = _gravity(report)
    text = escape(summary(report))
    return f'<p class="verdict {gravity}">{_mark(gravity)} {text}</p>'


def _mark(name: str) -> str:
    return f'<span aria-hidden="true">{_MARKS[name]}</span>'


def _identity(report: Report) -> str:
    header = report.header
    if header is None:
        return ""
    number = f" n° {header.number}" if header.number else ""
    draft = " (projet)" if header.is_draft else ""
    return facts(
        (
            ("Collectivité", header.name),
            ("Budget", header.budget_name),
            ("SIRET", header.siret),
            ("Exercice", str(header.fiscal_year)),
            ("Document", header.stage.title + number + draft),
            ("Nomenclature", header.variant),
            ("Lignes de budget", f"{report.rows:,}".replace(",", "\u202f")),
            ("Scellement", _SEALS.get(report.seal, "")),
        )
    )


def _section(severity: str, findings: list[Finding]) -> str:
    count = tally(findings).by_severity[severity]
    articles = "".join(
        _article(code, list(hits)) for code, hits in groupby(findings, key=lambda f: f.code)
    )
    return (
        f'<section class="{severity}"><h2>{_mark(severity)} '
        f"{_counted(count, severity).capitalize()}</h2>"
        f"<p>{_MEANING[severity].capitalize()}</p>{articles}</section>"
    )


def _article(code: str, findings: list[Finding]) -> str:
    """One rule: what is wrong, what to do, and where."""
    title = WRONG.get(code, code)
    hits = "".join(f"<li>{_hit(finding)}</li>" for finding in findings)
    return (
        f"<article><h3>{escape(title)} <code>{escape(code)}</code></h3><ul>{hits}</ul>"
        f"<p><strong>Que faire :</strong> {escape(findings[0].remedy)}</p></article>"
    )


def _hit(finding: Finding) -> str:
    where = f' <span class="where">({escape(finding.place)})</span>' if finding.place else ""
    return f"{escape(finding.message)}{where}"


def _legend() -> str:
    items = "".join(f"<dt>{LABELS[s]}</dt><dd>{_MEANING[s]}</dd>" for s in SEVERITIES)
    return f'<section><h2>Comment lire ce rapport</h2><dl class="legend">{items}</dl></section>'
