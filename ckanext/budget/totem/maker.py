"""Which version of the conversion and the masking made a file."""

from __future__ import annotations

MAKER = 6
"""One more whenever other bytes come of the same document, or more is masked: what is on line is
then made again, by the next harvest or ``ckan budget republish``. 1: before the privacy matrix;
2: before the table of grants; 3: before grades and operations were read by their words; 4: when
another variant of the year answered for a chart of accounts that is not there; 5: before lenders,
engaged bodies and contracts were looked at."""
