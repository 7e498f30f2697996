"""How producers write: encoding, indentation, attribute order, what they add or leave out.

Editors' names are invented; the shapes are those met in real files.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ckanext.budget.totem.generate.chance import weighted


@dataclass(frozen=True, slots=True)
class Style:
    """One producer.

    encoding: as declared; bom: UTF-8 byte order mark; indent: one level ("" = a single line);
    newline: end of line; code_first: ``Code`` before ``V``; close: end of an empty element;
    quote: of the XML declaration; prefix_space: extra namespaces on the root; editor: text of
    ``CodeEditeur``; product: adds an element of the editor's own namespace; labels: ``LibCpte`` on
    lines; section: ``CaracSup Section``; chapter_on_operations: ``ContNat`` kept on lines of an
    operation; credits: ``CredOuv`` on forecasts; seal: sealed by the national tool.
    """

    editor: str
    encoding: str = "UTF-8"
    bom: bool = False
    indent: str = "   "
    newline: str = "\n"
    code_first: bool = True
    close: str = "/>"
    quote: str = '"'
    extra_namespace: str = ""
    product: bool = False
    labels: bool = False
    section: bool = False
    chapter_on_operations: bool = True
    credits: bool = True
    article: bool = True
    zero_amounts: bool = False
    true: str = "true"
    false: str = "false"
    seal: bool = True
    draws: int = 1

    @property
    def codec(self) -> str:
        """Python name of the encoding."""
        return {"ISO-8859-1": "latin-1"}.get(self.encoding, self.encoding.lower())


XSI = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

STYLES = (
    Style("Éditeur Alpha", "ISO-8859-1", code_first=False, product=True, section=True, draws=4),
    Style(
        "BETA GESTION",
        "ISO-8859-1",
        extra_namespace=XSI,
        credits=False,
        article=False,
        true="1",
        false="0",
        draws=3,
    ),
    Style("Gamma Progiciels, GF V7.01", indent="  ", zero_amounts=True, seal=False, draws=3),
    Style("Gamma Progiciels, GF V6.02", zero_amounts=True, draws=2),
    Style("Delta Finances 2.4", "windows-1252", newline="\r\n", labels=True, draws=2),
    Style("EPSILON", bom=True, indent="\t", close=" />", chapter_on_operations=False, draws=2),
    Style("Zêta Collectivités", "ISO-8859-1", indent="", quote="'", draws=1),
)

CFU_STYLE = Style(
    "Éditeur Êta (v3.1A)",
    "ISO-8859-1",
    quote="'",
    labels=True,
    zero_amounts=True,
    chapter_on_operations=False,
)


def choose(rng: Random) -> Style:
    """One producer, the frequent ones more often."""
    return weighted(rng, STYLES, [style.draws for style in STYLES])
