"""What readers browse: search, map of progress, guides."""
