"""Summaries on the portal: computed once per file, stored, served, compared.

``store`` keeps them, ``compute`` makes them (at once or in a job), ``peers`` lines up those of the
same budget and of like bodies, ``action`` and ``blueprint`` serve them. Needs the tables of
``ckan db upgrade -p budget``.
"""
