"""The public bodies of a territory, and what each has published against what is expected."""
