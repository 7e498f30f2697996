"""ckanext-budget: TOTEM local budgets published as open data by CKAN."""

__version__ = "0.2.0"
