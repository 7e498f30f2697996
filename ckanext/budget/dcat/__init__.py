"""Budgets in the catalogue's DCAT-AP 3 feeds, and what a national harvester makes of them."""
