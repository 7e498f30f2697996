"""Facts from controlled vocabularies: EU authority tables, IANA media types, NUTS, ADMS.

Sources: Publications Office of the European Union (op.europa.eu/web/eu-vocabularies), NUTS 2021
(delegated regulation (EU) 2019/1755), ADMS publisher types (SEMIC).
"""

from __future__ import annotations

_EU = "http://publications.europa.eu/resource/authority"
COUNTRY = f"{_EU}/country/FRA"
PUBLIC = f"{_EU}/access-right/PUBLIC"
LANGUAGES = {"fr": f"{_EU}/language/FRA", "en": f"{_EU}/language/ENG"}

_FILE_TYPES = ("CSV", "XML", "PDF", "JSON", "GEOJSON", "ODS", "XLSX", "ZIP", "HTML", "TXT")
_NUTS = "http://data.europa.eu/nuts/code/"
_ADMS = "http://purl.org/adms/publishertype/"

_NUTS_3 = """
FR101 75 FR102 77 FR103 78 FR104 91 FR105 92 FR106 93 FR107 94 FR108 95
FRB01 18 FRB02 28 FRB03 36 FRB04 37 FRB05 41 FRB06 45
FRC11 21 FRC12 58 FRC13 71 FRC14 89 FRC21 25 FRC22 39 FRC23 70 FRC24 90
FRD11 14 FRD12 50 FRD13 61 FRD21 27 FRD22 76
FRE11 59 FRE12 62 FRE21 02 FRE22 60 FRE23 80
FRF11 67 FRF12 68 FRF21 08 FRF22 10 FRF23 51 FRF24 52 FRF31 54 FRF32 55 FRF33 57 FRF34 88
FRG01 44 FRG02 49 FRG03 53 FRG04 72 FRG05 85
FRH01 22 FRH02 29 FRH03 35 FRH04 56
FRI11 24 FRI12 33 FRI13 40 FRI14 47 FRI15 64 FRI21 19 FRI22 23 FRI23 87 FRI31 16 FRI32 17 FRI33 79
FRI34 86
FRJ11 11 FRJ12 30 FRJ13 34 FRJ14 48 FRJ15 66 FRJ21 09 FRJ22 12 FRJ23 31 FRJ24 32 FRJ25 46 FRJ26 65
FRJ27 81 FRJ28 82
FRK11 03 FRK12 15 FRK13 43 FRK14 63 FRK21 01 FRK22 07 FRK23 26 FRK24 38 FRK25 42 FRK26 69 FRK27 73
FRK28 74
FRL01 04 FRL02 05 FRL03 06 FRL04 13 FRL05 83 FRL06 84
FRM01 2A FRM02 2B
FRY10 971 FRY20 972 FRY30 973 FRY40 974 FRY50 976
""".split()
_BY_DEPARTMENT = dict(zip(_NUTS_3[1::2], _NUTS_3[::2], strict=True))


def nuts(department: str, kind: str = "") -> str:
    """NUTS URI of the département, or of its région for a ``region``; empty when unknown.

    ``department`` is the INSEE code: ``67``, ``067`` as in TOTEM, ``2A``, ``974``.
    """
    code = department.strip().upper()
    if len(code) == 3 and code.startswith("0"):
        code = code[1:]
    found = _BY_DEPARTMENT.get(code, "")
    if not found:
        return ""
    return _NUTS + (found[: _region_length(found)] if kind == "region" else found)


def _region_length(code: str) -> int:
    """A région is the first level (FRF); overseas, the second (FRY4)."""
    return 4 if code.startswith("FRY") else 3


def file_type(name: str) -> str:
    """URI of a file format in the EU table; empty when it has no entry here."""
    return f"{_EU}/file-type/{name.upper()}" if name.upper() in _FILE_TYPES else ""


def media_type(name: str) -> str:
    """URI of ``text/csv`` at IANA, as DCAT-AP 3 asks; what is no media type gives nothing."""
    kind, slash, rest = name.partition("/")
    known = kind.isalpha() and slash and rest
    return f"https://www.iana.org/assignments/media-types/{name}" if known else ""


def body_type(kind: str) -> str:
    """ADMS publisher type of a kind of body of the sheet."""
    return _ADMS + ("RegionalAuthority" if kind == "region" else "LocalAuthority")
