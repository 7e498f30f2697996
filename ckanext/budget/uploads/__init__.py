"""Files that people send: the form, the API, the deposit page."""
