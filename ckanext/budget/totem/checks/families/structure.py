"""T-DOC and T-STR: the document can be read, its elements are those of the national schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ckanext.budget.totem.checks.facts import SCHEMA_VERSION, Facts
from ckanext.budget.totem.checks.model import Hit, place, rule
from ckanext.budget.totem.checks.shape import Block
from ckanext.budget.totem.checks.values import problem
from ckanext.budget.totem.records import Element
from ckanext.budget.totem.structure import Field

#: Header elements that feed the published data: a fault there is an error.
CRITICAL = frozenset(
    (
        ("EnTeteDocBudgetaire", "LibelleColl"),
        ("EnTeteBudget", "IdEtab"),
        ("EnTeteBudget", "Nomenclature"),
        ("BlocBudget", "NatDec"),
        ("BlocBudget", "Exer"),
        ("Budget", "EnTeteBudget"),
        ("Budget", "BlocBudget"),
        ("Budget", "LigneBudget"),
    )
)
#: Elements of a line that are not copied to the published data.
NOT_PUBLISHED = frozenset(("LibCpte", "ContFon", "ContOp", "OpeCpteTiers", "MtSup", "CaracSup"))

_OF_SCHEMA = (
    f"de la version {SCHEMA_VERSION} du schéma, notre référence : ce document en suit une plus "
    "récente"
)

_KINDS = {
    "amount": "un nombre décimal (point décimal, {decimals} décimales au plus)",
    "integer": "un nombre entier",
    "digits": "une suite de chiffres",
    "date": "une date (AAAA-MM-JJ)",
    "datetime": "une date et une heure",
    "year": "une année (AAAA)",
    "month": "un mois (AAAA-MM)",
    "boolean": "true, false, 1 ou 0",
    "code": "un code de la liste nationale",
}


@rule(
    "T-DOC-001",
    "error",
    "Document utilisable",
    "Exportez de nouveau le document depuis le logiciel, au format national TOTEM.",
    scope="file",
)
def unusable(message: str) -> Iterable[Hit]:
    """The reading stopped: ``message`` is the library's own documented error."""
    yield Hit(message)


@rule(
    "T-DOC-002",
    "error",
    "Au moins une ligne de budget",
    "Vérifiez que l'export contient le détail du budget, et pas seulement ses totaux.",
)
def no_line(facts: Facts) -> Iterable[Hit]:
    """A document whose every line is a subtotal, or that has none."""
    if not facts.line_count:
        yield Hit("Le document n'a aucune ligne de budget à publier.")


@rule(
    "T-STR-001",
    "warning",
    "Éléments connus du schéma national",
    "Signalez l'élément à l'éditeur du logiciel : sa valeur n'est pas publiée.",
    scope="block",
)
def unknown_element(block: Block) -> Iterable[Hit]:
    """An element that neither the XSD nor the supplement knows (annexes: see ``T-STR-009``)."""
    for element in block.elements:
        if block.container == "Annexes" or _known_otherwise(block, element):
            continue
        if block.field(element) is None:
            yield Hit(
                f"Cet élément est inconnu {_OF_SCHEMA}."
                if block.is_newer
                else "Cet élément n'existe pas dans le schéma national.",
                _where(block, element),
                "info" if block.is_newer else "",
            )


@rule(
    "T-STR-010",
    "warning",
    "Majuscules et minuscules des éléments et de V",
    "Signalez-le à l'éditeur du logiciel : la valeur de l'élément n'est pas lue et serait perdue.",
    scope="block",
)
def wrong_case(block: Block) -> Iterable[Hit]:
    """An element of the XSD written with other capitals: XML holds it for another one. The same of
    its attribute ``V``, of another name for it, and of a value between the element's tags: what
    they hold is not read either."""
    for element, field in block.known():
        if _is_elsewhere(element):
            yield Hit(
                f"La valeur de {field.name} n'est pas dans l'attribut V (en majuscule).",
                _where(block, element),
                _severity(block.container, field.name),
            )
    for element in block.elements:
        known = _known_otherwise(block, element)
        if known:
            yield Hit(
                f"Cet élément s'écrit {known} : en XML, majuscules et minuscules diffèrent.",
                _where(block, element),
                _severity(block.container, known),
            )


@rule(
    "T-STR-002",
    "warning",
    "Éléments obligatoires présents",
    "Complétez l'information dans le logiciel, puis exportez de nouveau.",
    scope="block",
)
def missing_element(block: Block) -> Iterable[Hit]:
    """An element that the XSD requires is absent (in other capitals: see ``T-STR-010``)."""
    present = {element.name.lower() for element in block.elements}
    for field in block.structure.fields(block.container):
        if field.required and field.name.lower() not in present:
            yield Hit(
                f"Il manque l'élément obligatoire {field.name} ({field.title}).",
                place(block.line, block.container),
                _severity(block.container, field.name),
            )


@rule(
    "T-STR-003",
    "warning",
    "Éléments uniques",
    "Seule la première valeur est retenue ; corrigez la saisie ou signalez-le à l'éditeur.",
    scope="block",
)
def repeated_element(block: Block) -> Iterable[Hit]:
    """An element that may be there once is there several times."""
    count = Counter(element.name for element in block.elements)
    for name, times in count.items():
        field = block.structure.field(block.container, name)
        if times > 1 and field is not None and not field.repeated:
            yield Hit(
                f"L'élément {name} est présent {times} fois au lieu d'une.",
                place(block.line, block.container, name),
            )


@rule(
    "T-STR-004",
    "warning",
    "Types des valeurs",
    "Corrigez la valeur dans le logiciel, puis exportez de nouveau.",
    scope="block",
)
def wrong_type(block: Block) -> Iterable[Hit]:
    """A value that is not a number, a date, a boolean… where the XSD wants one."""
    for element, field in _with(block, "type"):
        yield Hit(
            f"La valeur de {field.name} n'est pas {_expected(field)}.",
            _where(block, element),
            _severity(block.container, field.name),
        )


@rule(
    "T-STR-005",
    "warning",
    "Longueur des textes",
    "Raccourcissez le texte dans le logiciel : l'outil national refuse les textes trop longs.",
    scope="block",
)
def too_long(block: Block) -> Iterable[Hit]:
    """A text longer than the XSD allows."""
    for element, field in _with(block, "length"):
        yield Hit(
            f"Le texte de {field.name} dépasse {field.max_length} caractères.",
            _where(block, element),
        )


@rule(
    "T-STR-006",
    "warning",
    "Codes des listes nationales",
    "Vérifiez le code dans le logiciel : la liste est celle du schéma national.",
    scope="block",
)
def unknown_code(block: Block) -> Iterable[Hit]:
    """A code that is not in the XSD's list."""
    for element, field in _with(block, "code"):
        severity = _severity(block.container, field.name)
        if block.is_newer and severity != "error":
            message = f"Le code de {field.name} est inconnu {_OF_SCHEMA}."
            yield Hit(message, _where(block, element), "info")
            continue
        yield Hit(
            f"Le code de {field.name} n'est pas dans la liste nationale.",
            _where(block, element),
            severity,
        )


@rule(
    "T-STR-007",
    "info",
    "Ordre des éléments",
    "Sans effet sur les données publiées ; signalez-le à l'éditeur du logiciel.",
    scope="block",
)
def out_of_order(block: Block) -> Iterable[Hit]:
    """The XSD is a sequence: the first element found before one it should follow."""
    fields = block.structure.fields(block.container)
    rank = {field.name: at for at, field in enumerate(fields) if not field.supplement}
    highest = -1
    for element in block.elements:
        at = rank.get(element.name, highest)
        if at < highest:
            yield Hit(
                f"L'élément {element.name} n'est pas à sa place dans {block.container}.",
                _where(block, element),
            )
            return
        highest = at


@rule(
    "T-STR-008",
    "info",
    "Valeurs vides",
    "Retirez l'élément ou renseignez-le : le schéma national n'admet pas de valeur vide ici.",
    scope="block",
)
def empty_value(block: Block) -> Iterable[Hit]:
    """``V=""``, or no ``V`` at all, where the XSD wants a number, a date or a code."""
    for element, field in _with(block, "empty"):
        if _is_elsewhere(element):
            continue
        required = field.required and _severity(block.container, field.name) == "error"
        yield Hit(
            f"La valeur de {field.name} est vide.",
            _where(block, element),
            "error" if required else "",
        )


@rule(
    "T-STR-009",
    "info",
    "Annexes connues du schéma national",
    "L'annexe est convertie telle quelle ; signalez-la à l'éditeur du logiciel.",
)
def unknown_annex(facts: Facts) -> Iterable[Hit]:
    """An annex ``DATA_…`` that the XSD does not know."""
    from ckanext.budget.totem.structure import load

    for name, tally in facts.annex_blocks.items():
        if load().annex(name) is None:
            yield Hit(
                "Cette annexe n'existe pas dans le schéma national.",
                place(tally.line, f"DATA_{name}"),
            )


def _with(block: Block, kind: str) -> Iterator[tuple[Element, Field]]:
    for element, field in block.known():
        if problem(field, element.value) == kind:
            yield element, field


def _expected(field: Field) -> str:
    if field.kind == "text":
        return "au format attendu"
    decimals = field.decimals if field.decimals is not None else 2
    return _KINDS[field.kind].format(decimals=decimals)


def _known_otherwise(block: Block, element: Element) -> str:
    """The element of the XSD that differs by its capitals only; empty when it is right as it is."""
    if block.field(element) is not None:
        return ""
    fields = block.structure.fields(block.container)
    names = {field.name.lower(): field.name for field in fields}
    return names.get(element.name.lower(), "")


def _is_elsewhere(element: Element) -> bool:
    """Whether the value is in another attribute than ``V``: see ``T-STR-010``."""
    return "V" not in element.attributes and not {"Code"}.issuperset(element.attributes)


def _severity(container: str, name: str) -> str:
    if (container, name) in CRITICAL:
        return "error"
    return "error" if container == "LigneBudget" and name not in NOT_PUBLISHED else "warning"


def _where(block: Block, element: Element) -> str:
    return place(element.line, block.container, element.name)
