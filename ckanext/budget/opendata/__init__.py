"""One open dataset of all published budgets, the questions that it answers, the region's page.

=================  ========================================================================
``sources``        published documents, and what each of them changes
``engine``         DuckDB, bounded: one connection that writes, one that only reads
``lines``          lines of all documents, a file for each exercise and stage
``tables``         bodies, documents, figures, grants, debt; the same lines as CSV
``description``    schemas, data dictionary, checksums
``store``          the folder of the files: made aside, then swapped
``build``          what changed since the last build, and nothing else
``catalogue``      the dataset of CKAN that shows the files
``questions``      ready questions on the files
=================  ========================================================================

Everything here is made from files that are already public: masked, not withdrawn, not private.
"""
