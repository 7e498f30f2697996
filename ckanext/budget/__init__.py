"""ckanext-budget: TOTEM local budgets published as open data by CKAN."""

__version__ = "0.1.0"
