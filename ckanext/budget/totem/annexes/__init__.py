"""Every annex of a document as a documented CSV, and the accounting side of a CFU.

One CSV and one Table Schema per annex; the columns are the XSD's element names after the context
columns (``siret``, ``exercice``, ``stade``, ``numero``, ``ligne``). The input is the *masked*
stream, the very bytes of the published XML, so that CSV and XML cannot disagree.
"""

from __future__ import annotations

from ckanext.budget.totem.annexes.archive import archive, grants_table
from ckanext.budget.totem.annexes.export import AnnexFile, Exporter, export, masked
