"""What a published budget looks like: summaries, compared with their like, and the view.

Summaries are computed once per file: ``store`` keeps them, ``compute`` makes them (at once or in a
job), ``peers`` lines up those of the same budget and of like bodies, ``actions`` and ``blueprint``
serve them. Needs the tables of ``ckan db upgrade -p budget``.
"""
