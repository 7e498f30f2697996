"""Files that are fetched: sources, jobs, what a crash loses and finds again.

``harvester`` is the plugin, ``objects`` what is remembered of each document, ``claims`` says which
jobs and documents a living process works on, ``queues`` looks into Redis, ``recovery`` puts back
what a crash lost, ``status`` tells it, ``commands`` are ``ckan budget harvest``.
"""
