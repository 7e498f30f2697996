"""Budgets published on data.gouv.fr (or any udata) by its API, for bodies that publish there."""
