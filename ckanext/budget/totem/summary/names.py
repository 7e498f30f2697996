"""Labels of codes: the file's own, else those of the plan of accounts, else the bare code."""

from __future__ import annotations

from collections.abc import Iterator

from ckanext.budget.totem.nomenclature import Plan

_LONGEST = 10
"""No plan has a longer code, so no heading either."""

_TWINS = {"020": "investissement", "022": "fonctionnement"}
"""« Dépenses imprévues » in each section."""

NO_NATURE = "Nature non renseignée"
NO_CHAPTER = "Chapitre non renseigné"
NO_FUNCTION = "Non ventilé"


class Names:
    """Labels for a document; ``plan`` may be None (unknown norm)."""

    def __init__(self, plan: Plan | None) -> None:
        self.plan = plan
        self.filled = 0

    def chapter(self, code: str, own: str = "") -> str:
        """Never empty; two chapters of one name tell their section."""
        label = own or self._of_plan("chapter", code) or self._bare("Chapitre", code, NO_CHAPTER)
        section = _TWINS.get(code, "")
        return label if section in label.casefold() else f"{label} ({section})"

    def nature(self, code: str, own: str = "") -> str:
        """Never empty."""
        return own or self._of_plan("nature", code) or self._bare("Compte", code, NO_NATURE)

    def function(self, code: str, own: str = "") -> str:
        """Never empty."""
        return own or self._of_plan("function", code) or self._bare("Fonction", code, NO_FUNCTION)

    def headings(self, code: str) -> Iterator[str]:
        """The codes above a function, from its domain down: ``211`` -> ``2``, ``21``."""
        for length in range(1, min(len(code), _LONGEST + 1)):
            above = code[:length]
            known = self.plan.function(above) if self.plan else None
            if length == 1 or (known and known.code == above):
                yield above

    def accounts_above(self, code: str) -> Iterator[str]:
        """The codes above an account, by class and group: ``60611`` -> ``60``, ``606``."""
        for above in (code[:2], code[:3]):
            known = self.plan.nature(above) if self.plan and above != code else None
            if known and known.code == above:
                yield above

    def _of_plan(self, kind: str, code: str) -> str:
        found = getattr(self.plan, kind)(code) if self.plan and code else None
        if not found:
            return ""
        self.filled += 1
        label: str = found.label
        return label

    @staticmethod
    def _bare(word: str, code: str, nothing: str) -> str:
        return f"{word} {code}" if code else nothing
