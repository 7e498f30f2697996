"""Pages of text for publishers: Markdown files that a portal may replace without touching code."""
