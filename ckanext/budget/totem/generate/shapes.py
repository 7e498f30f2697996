"""Files that grow in one direction only, to the size asked for: what a hostile publisher would try.

Each shape is a small sound file with one thing repeated until it weighs ``size`` bytes. Reading one
must cost time in proportion to its size and bounded memory, and end in a result or in one sentence
of ``TotemError``: tests and ``benchmarks/hostile_documents.py`` hold every reader to that.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

NS = "http://www.minefi.gouv.fr/cp/demat/docbudgetaire"
CFU_NS = "http://www.minefi.gouv.fr/cp/demat/doccfu"
LINE = (
    '<LigneBudget><Nature V="6413"/><ContNat V="012"/><CodRD V="D"/><MtReal V="10.00"/>'
    '<OpBudg V="0"/></LigneBudget>'
)
SEAL = '<Scellement md5="0" sha1="0" date="2024-01-01T00:00:00"/>'
_PLACES = ("root", "document", "header", "bloc", "before", "line", "lines", "annexes", "after")
SCDL_HEADER = (
    "BGT_NATDEC,BGT_ANNEE,BGT_SIRET,BGT_NOM,BGT_CONTNAT,BGT_CONTNAT_LABEL,BGT_NATURE,"
    "BGT_NATURE_LABEL,BGT_FONCTION,BGT_FONCTION_LABEL,BGT_OPERATION,BGT_SECTION,BGT_OPBUDG,"
    "BGT_CODRD,BGT_MTREAL,BGT_MTBUDGPREC,BGT_MTRARPREC,BGT_MTPROPNOUV,BGT_MTPREV,BGT_CREDOUV,"
    "BGT_MTRAR3112,BGT_ARTSPE"
)
SCDL_ROW = (
    "compte administratif,2023,21670482500019,COMMUNE,012,Charges,6413,Personnel,,,,"
    "fonctionnement,réel,dépense,10.00,,,,,,,"
)


def document(seal: str = "", **places: str) -> str:
    """A small sound document; ``places`` gives the text put at a place of ``_PLACES``."""
    at = dict.fromkeys(_PLACES, "") | places
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<DocumentBudgetaire xmlns="{NS}"{at["root"]}>
<VersionSchema V="113"/>{seal}{at["document"]}
<EnTeteDocBudgetaire><LibelleColl V="COMMUNE D'ESSAI"/><IdColl V="21670482500019"/>\
<NatCEPL V="Commune"/>{at["header"]}</EnTeteDocBudgetaire>
<Budget>
<EnTeteBudget><LibelleEtab V="BUDGET PRINCIPAL"/><IdEtab V="21670482500019"/>\
<Nomenclature V="M57-M57_D"/></EnTeteBudget>
<BlocBudget><NatDec V="09"/><Exer V="2023"/>{at["bloc"]}</BlocBudget>
{at["before"]}{at["line"] or LINE}{at["lines"]}
<Annexes>{at["annexes"]}</Annexes>{at["after"]}
</Budget>
</DocumentBudgetaire>
"""


Shape = Callable[[int], bytes]

COMMANDS: dict[str, tuple[str, ...]] = {
    "info": (),
    "scdl": ("-o", "{folder}/csv"),
    "anonymise": ("-o", "{folder}/xml"),
    "publish": ("-o", "{folder}/published", "--workers", "1"),
    "check": ("-o", "{folder}/report"),
    "annexes": ("-o", "{folder}/annexes"),
    "privacy": ("-o", "{folder}/record"),
}
"""The commands that read a document, and where they write."""


def _repeated(place: str, unit: str, frame: str = "{}", seal: str = "") -> Shape:
    """``unit`` again and again at a place; ``frame`` is what surrounds all of it."""

    def make(size: int) -> bytes:
        count = max(1, size // len(unit.encode()))
        return document(seal, **{place: frame.replace("{}", unit * count)}).encode()

    return make


def _numbered(place: str, unit: str, frame: str = "{}", seal: str = "") -> Shape:
    """As ``_repeated`` with a number, ``%d``, that differs each time."""

    def make(size: int) -> bytes:
        count = max(1, size // (len(unit.encode()) + 4))
        body = "".join(unit.replace("%d", str(number)) for number in range(count))
        return document(seal, **{place: frame.replace("{}", body)}).encode()

    return make


def _nested(place: str, opening: str, closing: str, frame: str = "{}", seal: str = "") -> Shape:
    """Elements in one another; ``%d`` in ``opening`` is their depth."""

    def make(size: int) -> bytes:
        count = max(1, size // (len(opening) + len(closing)))
        inside = "".join(opening.replace("%d", str(depth)) for depth in range(count))
        body = inside + closing * count
        return document(seal, **{place: frame.replace("{}", body)}).encode()

    return make


def _open_line(fields: str) -> str:
    return f"<LigneBudget>{fields}</LigneBudget>"


def _account(body: str) -> bytes:
    """A compte financier unique whose accounting side holds ``body``."""
    budget = document().partition("?>\n")[2]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<CompteFinancierUnique xmlns="{CFU_NS}">'
        f"<DocumentComptable>{body}</DocumentComptable>{budget}</CompteFinancierUnique>"
    ).encode()


def _accounting(unit: str, frame: str = "{}") -> Shape:
    return lambda size: _account(frame.replace("{}", unit * max(1, size // len(unit))))


_GRANTS = "<DATA_CONCOURS>{}</DATA_CONCOURS>"
_GRANT = "<DATA_CONCOURS><CONCOURS>{}</CONCOURS></DATA_CONCOURS>"
_ATTR = "<LigneBudget {}>" + _open_line('<Nature V="6413"/>').removeprefix("<LigneBudget>")

DOCUMENTS: dict[str, Shape] = {
    # the header
    "header-empty-blocks": _repeated("document", "<BlocEditeur />"),
    "header-prefixed-blocks": _numbered("document", "<p%d:BlocEditeur />"),
    "header-long": _repeated("before", '<Information Code="X" V="1"/>'),
    "header-information": _repeated("before", "a", '<Information Code="PopTot>{}" V="1"/>'),
    "header-population": _repeated("before", "9", '<Information Code="PopTot" V="{}"/>'),
    "header-name": _repeated("header", "A", '<CodInseeColl V="{}"/>'),
    "header-number": _repeated("bloc", "7", '<NumDec V="{}"/>'),
    "header-names": _numbered("header", '<x%d V="1"/>'),
    "header-words": _repeated("root", "a", ' b=">{}"'),
    # depth
    "deep-root": _nested("document", "<a>", "</a>"),
    "deep-header": _nested("header", "<a>", "</a>"),
    "deep-line": _nested("line", "<a>", "</a>", _open_line('<Nature V="6413"/>{}')),
    "deep-lines": _nested("line", "<LigneBudget>", "</LigneBudget>"),
    "deep-annex": _nested("annexes", "<a>", "</a>", _GRANT),
    "deep-records": _nested("annexes", "<CONCOURS>", "</CONCOURS>", _GRANTS),
    "deep-end": _nested("after", "<a>", "</a>"),
    "deep-hidden": _nested("before", "<a b='/>/>/>/>'>", "</a>"),
    "deep-slowly": _nested("annexes", "<a>" + '<b V="1"/>' * 20, "</a>", _GRANT),
    "deep-sealed": _nested("before", "<a>", "</a>", seal=SEAL),
    "deep-namespaces": _nested("before", '<a xmlns:n%d="urn:n">', "</a>", seal=SEAL),
    "wide-namespaces": _numbered("before", ' xmlns:n%d="urn:n"', "<a{}/>", seal=SEAL),
    "wide-namespaces-line": _numbered(
        "line", ' xmlns:n%d="urn:n"', _open_line('<Nature V="6413"{}/>'), seal=SEAL
    ),
    "children-of-namespaces": lambda size: document(
        SEAL,
        before="<a"
        + "".join(f' xmlns:n{n}="urn:n"' for n in range(size // 40))
        + ">"
        + '<b xmlns:m="u"/>' * (size // 32)
        + "</a>",
    ).encode(),
    # lines
    "line-calculated": _repeated("line", "calculated='true' ", _ATTR.replace("{}", 'id="{}"')),
    "line-calculated-spaces": _repeated("line", " ", _ATTR.replace("{}", 'id="calculated{}"')),
    "line-calculated-quoted": _repeated(
        "line", 'calculated="true"', _ATTR.replace("{}", "id='{}'")
    ),
    "line-attributes": _numbered("line", ' a%d="1"', _ATTR, seal=SEAL),
    "line-spaces": _repeated("line", " ", _open_line('<Nature{}V="6413"/>')),
    "line-blank": _repeated("lines", " ", "{}<LigneBudget/>"),
    "line-fields": _repeated("line", '<Nature V="6413"/>', _open_line("{}")),
    "line-supplements": _repeated("line", '<CaracSup Code="Code V"/>', _open_line("{}")),
    "line-amount": _repeated("line", "9", _open_line('<Nature V="6413"/><MtReal V="{}.00"/>')),
    "line-amount-whole": _repeated("line", "9", _open_line('<Nature V="6413"/><MtReal V="{}"/>')),
    "line-amount-decimals": _repeated(
        "line", "9", _open_line('<Nature V="6413"/><MtReal V="1.{}"/>')
    ),
    "line-amounts-5000": _repeated(
        "lines", _open_line(f'<Nature V="6413"/><MtReal V="{"9" * 5000}.00"/>')
    ),
    "line-amounts-30": _repeated(
        "lines", _open_line(f'<Nature V="6413"/><CodRD V="D"/><MtReal V="{"9" * 30}"/>')
    ),
    "line-code": _repeated("line", "6", _open_line('<Nature V="{}"/><CodRD V="D"/>')),
    "line-function": _repeated("line", "1", _open_line('<Nature V="6413"/><Fonction V="{}"/>')),
    "line-codes": _numbered("lines", _open_line('<Nature V="%d"/><CodRD V="D"/>')),
    "line-functions": _numbered("lines", _open_line('<Nature V="6413"/><Fonction V="%d"/>')),
    "line-operations": _numbered("lines", _open_line('<Nature V="6413"/><Operation V="%d"/>')),
    "line-reference": _repeated("line", "0", _open_line('<Nature V="&#{}54;413"/>')),
    "line-unusual": _repeated("lines", "<LigneBudget><Nature V='6413'/></LigneBudget>"),
    "line-other-prefix": _repeated(
        "lines", '<p:LigneBudget><Nature V="1"/></p:LigneBudget>', "{}<LigneBudget/>"
    ),
    "line-subtotals": _repeated("lines", '<LigneBudget calculated="true"><a></a></LigneBudget>'),
    "line-alternating": _repeated("lines", "<LigneBudget></LigneBudget><Annexes></Annexes>"),
    "line-alternating-wide": lambda size: document(
        before="<a/>" * (size // 16), lines=(LINE + "<Annexes/>") * (size // 160)
    ).encode(),
    "line-names": _numbered("lines", _open_line("<x%d/>")),
    # annexes
    "annex-fields": _repeated("annexes", '<MtSubv V="1"/>', _GRANT),
    "annex-fields-quoted": _repeated("annexes", "<MtSubv V='1'/>", _GRANT),
    "annex-columns": _numbered("annexes", '<x%d V="1"/>', _GRANT),
    "annex-empty-records": _repeated("annexes", "<CONCOURS/>", _GRANTS),
    "annex-small-records": _repeated("annexes", "<CONCOURS></CONCOURS>", _GRANTS),
    "annex-one-record": _repeated("annexes", "<a/>", _GRANT),
    "annex-names": _numbered("annexes", "<DATA_X%d></DATA_X%d>"),
    "annex-alternating": _repeated("annexes", "<DATA_CONCOURS></DATA_CONCOURS>"),
    "annex-attributes": _numbered(
        "annexes", ' a%d="1"', "<DATA_CONCOURS{}><CONCOURS/></DATA_CONCOURS>"
    ),
    "annex-reference": _repeated(
        "annexes",
        "0",
        '<DATA_CONCOURS><CONCOURS><LibOrgaBenef V="&#{}65;"/></CONCOURS></DATA_CONCOURS>',
    ),
    "annex-texts": _repeated("annexes", "<a>b</a>", _GRANT),
    "annex-number": _repeated("annexes", "9", _GRANT.replace("{}", '<MtSubv V="{}"/>')),
    # anywhere
    "comments": _repeated("lines", "<!---->"),
    "instructions": _repeated("lines", "<?a?>"),
    "long-comment": _repeated("before", "- ", "<!--{}-->"),
    "long-text": _repeated("before", "a>", "<a>{}</a>"),
    "long-name": _repeated("before", "a", "<{}/>"),
    "long-value": _repeated("before", "a ", '<a b="{}"/>'),
    "attributes": _numbered("before", ' a%d="1"', "<a{}/>", seal=SEAL),
    "names": _numbered("before", "<x%d/>"),
    "references": _repeated("before", "&amp;", '<a V="{}"/>'),
    "signatures": _repeated("before", "<X509Certificate>QQ==</X509Certificate>"),
    "sealed-lines": _repeated("lines", LINE, seal=SEAL),
    # the accounting side of a CFU
    "account-lines": _accounting("<LigneComptable/>"),
    "account-fields": _accounting("<a/>", "<LigneComptable>{}</LigneComptable>"),
    "account-deep": lambda size: _account("<a>" * (size // 7) + "</a>" * (size // 7)),
    "account-states": lambda size: _account(
        "".join(
            f'<LigneComptable><Etat V="S{number}"/></LigneComptable>'
            for number in range(size // 60)
        )
    ),
}
"""TOTEM documents by the name of their shape."""


def _table(unit: str, before: str = "", after: str = "") -> Shape:
    return lambda size: (before + unit * max(1, size // len(unit.encode())) + after).encode()


TABLES: dict[str, Shape] = {
    "columns": _table(",x", SCDL_HEADER, "\r\n" + SCDL_ROW + "\r\n"),
    "columns-numbered": lambda size: (
        SCDL_HEADER + "".join(f",c{n}" for n in range(size // 7)) + "\r\n" + SCDL_ROW + "\r\n"
    ).encode(),
    "columns-and-rows": lambda size: (
        SCDL_HEADER + ",x" * (size // 4) + "\r\n" + "a\r\n" * (size // 6)
    ).encode(),
    "one-line": _table("BGT_NATDEC "),
    "wide-row": _table(",x", SCDL_HEADER + "\r\n" + SCDL_ROW),
    "open-quote": _table('a,"b\r\n', SCDL_HEADER + '\r\n"'),
    "digits": _table("9", SCDL_HEADER + "\r\n" + SCDL_ROW.partition("10.00")[0], ".00,,,,,,,\r\n"),
    "function": _table("1", SCDL_HEADER + "\r\n" + SCDL_ROW.partition("Personnel,")[0] + "P,",
                       ",F,,fonctionnement,réel,dépense,10.00,,,,,,,\r\n"),
    "functions": lambda size: (
        SCDL_HEADER + "\r\n" + "".join(
            f"compte administratif,2023,21670482500019,C,012,C,6413,P,{'1' * 3000}{n},F,,"
            "fonctionnement,réel,dépense,10.00,,,,,,,\r\n" for n in range(size // 3100)
        )
    ).encode(),
    "amounts-3000": lambda size: (
        SCDL_HEADER + "\r\n"
        + SCDL_ROW.replace("10.00", "9" * 3000 + ".00").join(["", "\r\n"]) * (size // 3100)
    ).encode(),
    "year": _table("2", SCDL_HEADER + "\r\ncompte administratif,", SCDL_ROW[28:] + "\r\n"),
    "short-rows": _table("a\r\n", SCDL_HEADER + "\r\n"),
    "budgets": lambda size: (
        SCDL_HEADER + "\r\n" + "".join(
            SCDL_ROW.replace("2023", str(n)) + "\r\n" for n in range(size // 110)
        )
    ).encode(),
    "returns": _table("a\r", SCDL_HEADER + "\r"),
    "nul": _table("\0", SCDL_HEADER + "\r\n"),
    "rows": _table(SCDL_ROW + "\r\n", SCDL_HEADER + "\r\n"),
}  # fmt: skip
"""CSV files by the name of their shape."""


def _zipped(name: str, body: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name, (2022, 1, 5, 10, 22, 0))
        archive.writestr(entry, body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def overlapping(name: str, body: bytes, size: int) -> bytes:
    """A zip of about ``size`` bytes whose every entry is the same compressed bytes."""
    one = _zipped("0000000." + name, body)
    start, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    record = one[start:end]
    count = min(65_000, max(1, (size - start) // len(record)))
    directory = b"".join(record.replace(b"0000000.", b"%07d." % n) for n in range(count))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
    return one[:start] + directory + tail


def _bomb(name: str, body: Callable[[], bytes]) -> Shape:
    return lambda size: overlapping(name, body(), size)


def _tar() -> bytes:
    """What says that it is a tar, 8 MiB of nothing."""
    return b" " * 257 + b"ustar" + b" " * (8 << 20)


def _members(size: int) -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    one = squeeze.compress(b"") + squeeze.flush()
    return one * (size // len(one))


def _gzip(size: int) -> bytes:
    """A gzip of about ``size`` bytes that holds a thousand times as much."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * (1 << 16)
    return b"".join(squeeze.compress(block) for _ in range(size // 64)) + squeeze.flush()


def _nested_zip(size: int) -> bytes:
    body = _zipped("a.xml", bytes(range(256)) * (size // 256))
    for _ in range(8):
        body = _zipped("a.zip", body)
    return body


def _zip_in_zips(size: int) -> bytes:
    """Inner archives, none of them overlapping, of 300 kB unpacked for 500 bytes."""
    inner = _zipped("a.xml", b" " * 300_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(size // (len(inner) + 100)):
            archive.writestr(f"{number}.zip", inner)
    return out.getvalue()


ARCHIVES: dict[str, tuple[str, Shape]] = {
    "overlapping-documents": ("zip", _bomb("a.xml", lambda: b" " * (1 << 20))),
    "overlapping-archives": ("zip", _bomb("a.zip", lambda: _zipped("a.xml", b" " * (4 << 20)))),
    "overlapping-tars": ("zip", _bomb("a.tar", _tar)),
    "nested": ("zip", _nested_zip),
    "many-archives": ("zip", _zip_in_zips),
    "gzip-members": ("xml.gz", _members),
    "gzip": ("xml.gz", _gzip),
}
"""Archives by the name of their shape: the end of the file's name, and the shape."""
