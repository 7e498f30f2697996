"""Tables of a summary for a page without scripts. Pure: dictionaries in, rows out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

MAX_LINES = 400
"""Lines of the page's table; the file has them all."""

Key = tuple[Any, ...]


def static_tables(summary: Mapping[str, Any]) -> dict[str, Any]:
    """``chapters``, ``policies``, ``execution``, ``changes``, ``ratios``, ``lines``: lists of
    rows, amounts in cents; ``debt``: that of the annex or None;
    ``line_count``: how many lines there would be without ``MAX_LINES``."""
    lines = _lines(summary)
    return {
        "figures": _figures(summary),
        "changes": _changes(summary),
        "debt": summary["debt"],
        "ratios": summary["legal_ratios"],
        "chapters": _chapters(summary),
        "policies": _policies(summary),
        "execution": _execution(summary),
        "lines": lines[:MAX_LINES],
        "line_count": len(lines),
    }


def _changes(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a vote changes, by chapter with its label; empty for a whole budget or account."""
    labels = dict(zip(summary["chapters"]["codes"], summary["chapters"]["labels"], strict=True))
    changes = summary["changes"] or {"chapters": []}
    return [
        {**row, "code": row["chapter"], "label": labels.get(row["chapter"], "")}
        for row in changes["chapters"]
    ]


def _figures(summary: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for figure in summary["figures"]:
        groups.setdefault(figure["group"], []).append(figure)
    return groups


def _sums(
    cube: Mapping[str, Any], kind: str | None, key_of: Callable[[int], Key]
) -> dict[Key, int]:
    """Amounts of one kind added up by key, in order of appearance."""
    amounts = cube["values"].get(kind) or [0] * len(cube["section"])
    sums: dict[Key, int] = {}
    for cell, amount in enumerate(amounts):
        key = key_of(cell)
        sums[key] = sums.get(key, 0) + amount
    return sums


def _by_chapter(cube: Mapping[str, Any]) -> Callable[[int], Key]:
    return lambda cell: (cube["section"][cell], cube["direction"][cell], cube["chapter"][cell])


def _chapters(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Receipts and expenditure by chapter, largest first in each section."""
    cube, names = summary["by_nature"], summary["chapters"]
    sums = _sums(cube, summary["basis"], _by_chapter(cube))
    rows = [
        {
            "section": section,
            "direction": direction,
            "code": names["codes"][place],
            "label": names["labels"][place],
            "amount": amount,
        }
        for (section, direction, place), amount in sums.items()
        if amount
    ]
    return sorted(rows, key=lambda row: (row["section"], row["direction"] == "D", -row["amount"]))


def _policies(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Expenditure by domain of public policy, largest first; empty without functions."""
    cube, names = summary["by_function"], summary["functions"]
    if not cube:
        return []

    def domain(place: int) -> int:
        while names["parents"][place] >= 0:
            place = names["parents"][place]
        return place

    sums = _sums(
        cube,
        summary["basis"],
        lambda cell: (cube["direction"][cell], domain(cube["function"][cell])),
    )
    rows = [
        {"code": names["codes"][place], "label": names["labels"][place], "amount": amount}
        for (direction, place), amount in sums.items()
        if direction == "D" and amount
    ]
    return sorted(rows, key=lambda row: -row["amount"])


def _execution(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Voted, carried out, rate in basis points and remainders by chapter."""
    cube, names = summary["by_nature"], summary["chapters"]
    if not summary["voted"]:
        return []
    kinds = [summary["voted"], summary["realised"], summary["remainders"]]
    voted, realised, remainders = (_sums(cube, kind, _by_chapter(cube)) for kind in kinds)
    return [
        {
            "section": key[0],
            "direction": key[1],
            "code": names["codes"][key[2]],
            "label": names["labels"][key[2]],
            "voted": amount,
            "realised": realised[key] if summary["realised"] else None,
            "rate": _rate(realised[key], amount) if summary["realised"] else None,
            "remainders": remainders[key] if summary["remainders"] else None,
        }
        for key, amount in voted.items()
        if amount or realised[key] or remainders[key]
    ]


def _rate(realised: int, voted: int) -> int | None:
    return round(realised * 10_000 / voted) if voted > 0 else None


def _lines(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Amounts by section, direction, chapter and account, in the order of the accounts."""
    cube = summary["by_nature"]
    chapters, natures = summary["chapters"], summary["natures"]
    amounts = cube["values"].get(summary["basis"]) or [0] * len(cube["section"])
    return [
        {
            "section": cube["section"][cell],
            "direction": cube["direction"][cell],
            "order": cube["order"][cell],
            "chapter": chapters["codes"][cube["chapter"][cell]],
            "code": natures["codes"][cube["nature"][cell]],
            "label": natures["labels"][cube["nature"][cell]],
            "amount": amount,
        }
        for cell, amount in enumerate(amounts)
        if amount
    ]
