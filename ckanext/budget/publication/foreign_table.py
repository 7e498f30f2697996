"""An SCDL table of a budget that somebody else made: checked, masked, mended if agreed.

It says less than a TOTEM document: neither the number of an amending decision, nor the norm, nor
whether the budget is a main one. What it does not say stays empty, or as the dataset has it.

Every door passes by :func:`write`: what it leaves is what may be published of the file.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ckanext.budget import config
from ckanext.budget.core.digests import keyed
from ckanext.budget.publication.prepared import Prepared, keep_report
from ckanext.budget.quality.alike import totals_like
from ckanext.budget.totem import tables
from ckanext.budget.totem.checks.families import rules
from ckanext.budget.totem.checks.model import Finding
from ckanext.budget.totem.checks.scdl import check_scdl, check_table
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.files import sha256_of
from ckanext.budget.totem.model import Header, Stage
from ckanext.budget.totem.privacy.policy import MASK
from ckanext.budget.totem.privacy.table import mask_table
from ckanext.budget.totem.recognise import recognise

_ANNEX = re.compile(r"\b(annexe|BA)\b", re.IGNORECASE)
_STAGES = {stage.label: stage for stage in reversed(Stage)}
"""Of the two accounts that SCDL calls alike, the first."""

_NO_IDENTITY = (
    "Cette table SCDL ne dit pas de quel budget elle est : il faut un SIRET de 14 chiffres "
    "(BGT_SIRET), un exercice (BGT_ANNEE) et une étape (BGT_NATDEC) à chaque ligne ; corrigez-la à "
    "sa source."
)
_SEVERAL = (
    "Cette table SCDL réunit plusieurs budgets, exercices ou étapes (lignes {lines}) : publiez un "
    "fichier par document budgétaire."
)
_OTHER_COLUMNS = (
    "Cette table a d'autres colonnes que les 22 du schéma SCDL des budgets, qui pourraient nommer "
    "des personnes : retirez-les à la source."
)
_TO_REPAIR = "Cette table doit être corrigée avant d'être publiée."


class UnusableTable(TotemError):
    """The table cannot be the budget of anybody in particular, or holds more than a budget."""


class NeedsRepair(UnusableTable):
    """The table cannot be published as it is; what its repair writes can.

    ``short`` is the sentence without what has to be repaired, where that is listed beside it.
    """

    def __init__(self, short: str, causes: str = "") -> None:
        self.short = short
        super().__init__(" ".join(filter(None, (short, causes))))


def is_table(path: Path) -> bool:
    """Whether the file is a table of budget lines, a CSV or a workbook."""
    with path.open("rb") as stream:
        return recognise(stream).kind == "scdl"


def prepare(path: Path, folder: Path, *, repair: bool = False) -> Prepared:
    """What :func:`write` leaves of the table, in ``folder`` with its report. Raises TotemError."""
    seen = survey_of(path)
    header_of(seen.rows)  # what cannot be identified costs no more
    written = folder / ".table"
    report, rows = write(path, written, seen, repair=repair)
    rows.unlink()  # the DataStore's are made when the document is published
    header = header_of(survey_of(written).rows)
    table = written.replace(folder / f"{header.slug}.csv")
    report |= {
        "header": header.as_dict(),
        "slug": header.slug,
        "version": keyed(sha256_of(path)),
    }
    keep_report(report, table)
    return Prepared(header, report["version"], report, table)


class Written(NamedTuple):
    """``report``: on the table that may be published; ``rows``: the same rows with the schema's
    columns, order and separator, for the DataStore."""

    report: dict[str, Any]
    rows: Path


def write(path: Path, table: Path, seen: tables.Survey, *, repair: bool) -> Written:
    """Put in ``table`` what may be published of the file in ``path``, of which ``seen`` is known.

    ``repair``: the publisher agrees to what is mended without guessing. The report then has
    ``repaired`` (what was mended: French sentences, with counts and lines) and ``remaining`` (the
    findings that are left, with the lines of the file as it came). Without it the table is taken
    as it is, unless a name must be masked: what is then written is what the repair would write.
    Raises TotemError.
    """
    told: dict[str, Any] = {}
    reference = totals_like(seen.rows)
    if repair:
        repaired, remaining = mendable(path, reference)
        told = {"repaired": repaired, "remaining": remaining}
    else:
        _check_as_it_is(seen)
    rows = table.with_name(".rows")
    with path.open("rb") as source, rows.open("wb") as out:
        masker = mask_table(source, out, seen)
    shutil.copyfile(rows if repair or masker.count else path, table)
    # What masking writes is mended too: without agreement, the errors of the file stay errors.
    as_it_came = None if repair or not masker.count else check_scdl(path, reference)
    is_wrong = as_it_came and not as_it_came.is_valid
    found = as_it_came if as_it_came and is_wrong else check_scdl(table, reference)
    report = found.as_dict() | told
    told_of_names = [item for item in report["findings"] if item["code"] == _PRIVACY]
    if labels := masker.replaced.total():
        told_of_names.append(_labels_replaced(labels))
        report["findings"].append(told_of_names[-1])
    if repair:
        report["remaining"] += told_of_names
    report["masked"] = {
        "policy": config.masking_policy(),
        "count": masker.count,
        "elements": [
            {"container": "SCDL", "element": column, "found": number, "masked": number}
            | {"reason": "Nom de personne, ou libellé devenu celui du plan de comptes"}
            for column, number in (masker.masked + masker.replaced).items()
        ],
    }
    return Written(report, rows)


_PRIVACY = "C-PRI-001"


def _labels_replaced(number: int) -> dict[str, Any]:
    remedy = next(rule.remedy for rule in rules("table") if rule.code == _PRIVACY)
    message = (
        f"{number} libellé(s) de codes connus sont devenus ceux du plan de comptes : un libellé "
        "libre peut nommer une personne."
    )
    return Finding(_PRIVACY, "info", "", message, remedy).as_dict()


def mendable(
    path: Path, reference: Mapping[str, int] | None = None
) -> tuple[list[str], list[dict[str, Any]]]:
    """What the repair would mend, and the findings that it would leave; ``reference``: totals that
    its own should be like. Raises UnusableTable."""
    with path.open("rb") as source:
        left = check_table(source, reference, mended=True)
    if left.refusal:
        raise UnusableTable(left.refusal)
    return left.repairs, [finding.as_dict() for finding in left.findings]


def _check_as_it_is(seen: tables.Survey) -> None:
    """Columns of no schema may name people, and few programs read another form than the CSV of the
    schema. Raises NeedsRepair."""
    if seen.form & _EXTRA or ("extra-cells", "") in seen.log:
        raise NeedsRepair(_OTHER_COLUMNS)
    others = seen.form & _OTHER_FORMS
    if others:
        causes = [fact.sentence for fact in tables.told(seen.log) if fact.kind in others]
        raise NeedsRepair(_TO_REPAIR, " ".join(causes))


_EXTRA = frozenset(("extra-columns", "repeated-column", "empty-columns"))
_OTHER_FORMS = frozenset(
    name
    for name, kind in tables.KINDS.items()
    if kind.rule in ("C-TAB-001", "C-TAB-004") and kind.severity == "error" and kind.is_mended
)
"""What the file itself is, or its header: the wrong encoding, a workbook, titles above…"""


def survey_of(path: Path) -> tables.Survey:
    """Whose the rows are, what deviates, the accounts. Raises NotScdl."""
    with path.open("rb") as stream:
        return tables.survey(stream)


def header_of(found: Sequence[tables.Rows]) -> Header:
    """What the table says of its budget, the same in every row. Raises TotemError."""
    if len(found) != 1:
        raise UnusableTable(told_apart(found))
    rows = found[0]
    if not _is_whole(rows):
        raise UnusableTable(_NO_IDENTITY)
    texts: dict[str, Any] = dict.fromkeys(Header.__dataclass_fields__, "")
    return Header(
        **texts
        | {
            "siret": rows.siret,
            "collectivity_siret": rows.siret,
            "name": rows.name if rows.name != MASK else f"SIREN {rows.siret[:9]}",
            "fiscal_year": int(rows.year),
            "stage": _STAGES[rows.stage],
            "vote_date": None,
            "budget_type": "annexe" if _ANNEX.search(rows.name) else "principal",
            "by_function": False,
            "population": None,
            "is_draft": False,
            "is_cfu": False,
        }
    )


def _is_whole(rows: tables.Rows) -> bool:
    is_siret = re.fullmatch("[0-9]{14}", rows.siret)
    return bool(is_siret and re.fullmatch("[12][0-9]{3}", rows.year) and rows.stage in _STAGES)


def told_apart(found: Sequence[tables.Rows]) -> str:
    """Why rows of several budgets, or none, are no document, with the lines of each."""
    if not found:
        return _NO_IDENTITY
    more = " …" if len(found) > _SHOWN else ""
    return _SEVERAL.format(lines=" ; ".join(rows.lines for rows in found[:_SHOWN]) + more)


_SHOWN = 5


def file_name(found: Sequence[tables.Rows], stage: str) -> str:
    """The document's own name: that of a file may be somebody's."""
    if not found or not _is_whole(found[0]):
        return "budget.csv"
    return f"{found[0].siret}-{found[0].year}-{stage.lower()}.csv"


def stage_named(label: str) -> str:
    """``CA`` for the word of the schema, empty when it is none."""
    return _STAGES[label].name if label in _STAGES else ""


def as_schema(path: Path, folder: Path) -> Path:
    """The same rows with the schema's columns, order and separator, for the DataStore."""
    canonical = folder / "rows.csv"
    with path.open("rb") as stream, canonical.open("wb") as out:
        tables.repair(stream, out)
    return canonical
