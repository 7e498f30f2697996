"""``python -m ckanext.budget.totem.generate``: the same as ``totem-budget generate``."""

import sys

from ckanext.budget.totem.generate.cli import main

sys.exit(main())
