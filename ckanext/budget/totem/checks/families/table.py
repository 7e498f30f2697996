"""C-*: SCDL CSV files (filled in with the checker of tables)."""
from __future__ import annotations
